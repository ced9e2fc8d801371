"""The exercises of chapter 15, applications on images, in chapter order."""

from aigc_course.checks.exercise import Chapter

chapter = Chapter("15", [])
