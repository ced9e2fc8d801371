"""The exercises of the chapters: `exercises/ch05/slerp.py` holds exercise 05.slerp.

Each module is named after the function to write and calls what it declares `exercise`;
`aigc_course.checks.exercise` says how. A new file is found by its name, and `order`
gives its place in the chapter. A module whose name begins with an underscore, and
`small_gan`, help several exercises.

Nothing of the package imports this, except by `aigc_course.checks`, when asked.
"""
