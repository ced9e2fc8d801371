"""Do generated images show what was asked for? Asked of the shipped classifier."""

from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.metrics.features import classify
from aigc_course.metrics.images import Images


def label_accuracy(
    images: Images, labels: Tensor, batch_size: int = 500, device: str = "cpu"
) -> float:
    """Share of images that an independent classifier reads as their labels, 0 to 1.

    The classifier is the course's extractor, trained on real digits alone and right on
    99.68 % of the test digits (pretrained/mnist_features.md), so that a perfect model
    of real digits would get about that, and not 1.

    images: as `metrics.features` takes them. labels: int [N], 0 to 9. Raises
    CourseError for images that are not acceptable and labels that do not fit them.
    """
    found = classify(images, batch_size, device)
    asked = validate.labels(labels, len(found), 10)
    if asked is None:
        raise CourseError("Label accuracy needs the labels that were asked for.")
    return float((found == asked.to(found.device)).double().mean())
