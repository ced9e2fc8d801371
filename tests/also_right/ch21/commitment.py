"""Other right answers to 21.commitment."""

import hashlib
import hmac
import json

from tests.also_right import also_right


@also_right
def hash_of_hashes(files, key):
    def sha(content):
        return hashlib.sha256(content).digest()

    whole = sha(key)
    for name, content in sorted(files.items()):
        whole += sha(name.encode()) + sha(content)
    return hashlib.sha256(whole).hexdigest()


@also_right
def by_json(files, key):
    listed = [[name, files[name].hex()] for name in sorted(files)]
    text = json.dumps({"key": key.hex(), "files": listed}, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@also_right
def by_hmac(files, key):
    # a key of HMAC is padded with zeros to a block, so its length goes in as well
    text = repr((len(key), sorted(files.items()))).encode()
    return hmac.new(key, text, "sha256").hexdigest()
