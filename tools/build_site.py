"""Build the website into build/site, or check it.

    python tools/build_site.py build          # what `make site` does
    python tools/build_site.py build --pdf    # and a PDF of each chapter
    python tools/build_site.py test           # what `make site-test` does
    python tools/build_site.py check          # the tests of a site that is built
    python tools/build_site.py fetch          # what both need from the network

Pages are made of the built notebooks, so build those first when a chapter has changed.
"""

import sys

from sitebuild.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
