"""Other right answers to 21.unsupported_claims."""

from statistics import mean

from tests.also_right import also_right


@also_right
def by_supported(claims, runs):
    def supported(c):
        mine = [r for r in runs if (r["n"], r["extractor"]) == (c["n"], c["extractor"])]
        good = [r for r in mine if r["status"] == "finished"]
        if len(mine) != c["seeds"] or len(mine) - len(good) != c["failed"]:
            return False
        try:
            found = mean(r["figures"][c["figure"]] for r in good)
        except (KeyError, ValueError):
            return False
        return abs(found - c["value"]) < 0.0050001

    return sorted(c["name"] for c in claims if not supported(c))


@also_right
def by_rounding(claims, runs):
    wrong = set()
    for c in claims:
        total, seeds, failed = [], 0, 0
        for r in runs:
            if r["n"] != c["n"] or r["extractor"] != c["extractor"]:
                continue
            seeds += 1
            if r["status"] != "finished":
                failed += 1
            elif c["figure"] in r["figures"]:
                total.append(r["figures"][c["figure"]])
        shown = f"{sum(total) / len(total):.2f}" if total else ""
        found = (seeds, failed, shown)
        if found != (c["seeds"], c["failed"], f"{c['value']:.2f}"):
            wrong.add(c["name"])
    return sorted(wrong)
