"""The bill of materials of a release: CycloneDX 1.6, without a clock in it."""

import uuid
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import aigc_course
from aigc_course.release.source import Source

# what runs the released files: in Python, or the ONNX file alone
PACKAGES = ("torch", "numpy", "safetensors", "onnxruntime", "onnx", "onnxscript")


def bill(source: Source, digests: dict[str, str]) -> dict[str, Any]:
    """Files of the release with their SHA-256, and the packages that made them.

    digests: by the name of the file. The serial number follows from them, so that the
    same files have the same bill. Packages that are not installed are left out.
    """
    name = "\n".join(f"{digest} {file}" for file, digest in sorted(digests.items()))
    model = {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": source.name,
        "version": aigc_course.__version__,
        "licenses": [{"license": {"id": "MIT"}}],
    }
    files = [
        {
            "type": "file",
            "bom-ref": f"file:{file}",
            "name": file,
            "hashes": [{"alg": "SHA-256", "content": digest}],
        }
        for file, digest in sorted(digests.items())
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, name)}",
        "version": 1,
        "metadata": {"component": model},
        "components": files + _packages(),
    }


def _packages() -> list[dict[str, Any]]:
    found = {"aigc-course": aigc_course.__version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{number}",
            "name": name,
            "version": number,
            "purl": f"pkg:pypi/{name}@{number}",
        }
        for name, number in found.items()
    ]
