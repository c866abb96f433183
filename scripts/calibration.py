#!/usr/bin/env python3
"""Says whether the confidence of verdicts survives being checked against labelled cases.

    scripts/calibration.py BINARY [CASES]

CASES is a folder of labelled bundles, by default samples/. Either it holds labels.json, a list of
    {"case": FOLDER, "subject": {"kind", "namespace", "name", "container"}, "expected": [CAUSE, ...]}
where a name of "" is whatever the case tells first and the cause "none" is a subject that must raise no alarm; or each
folder in it holds bundle/ and expected.json (samples/README.md).

Prints, for each band of confidence, how many verdicts fell into it, the mean confidence stated and the share that was
right; then the Brier score (0 is perfect; 0.25 is what always saying 0.5 gives). `unknown` states no confidence and is
counted apart. Exit status 1 where a verdict of 0.9 or more is wrong.
"""

import json
import pathlib
import subprocess
import sys

BANDS = [(0.0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01)]


def labelled(folder):
    """Yields (bundle, subject, accepted causes) for each labelled subject."""
    labels = folder / "labels.json"
    if labels.is_file():
        for label in json.loads(labels.read_text()):
            yield folder / label["case"], label["subject"], set(label["expected"])
        return
    for expected in sorted(folder.glob("*/expected.json")):
        for incident in json.loads(expected.read_text())["incidents"]:
            yield expected.parent / "bundle", incident["subject"], {incident["cause"]}


def speaks_of(incident, subject):
    """Whether an incident is of the labelled object: itself, its pods, or the workload that makes the pod."""
    said, name = incident["subject"], subject.get("name")
    if not name:
        return True
    namespace = subject.get("namespace")
    if namespace and said.get("namespace") not in (None, namespace):
        return False
    names = [said.get("name"), said.get("node"), *said.get("pods", [])]
    made = (
        said.get("kind") not in ("Pod", "Node") and name.startswith(f"{said.get('name')}-")
    ) or any(known and known.startswith(f"{name}-") for known in names)
    return name in names or made


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    binary = pathlib.Path(sys.argv[1]).resolve()
    cases = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(__file__).resolve().parent.parent / "samples"
    reports, verdicts, silent, unknown = {}, [], 0, 0
    for bundle, subject, accepted in labelled(cases):
        if bundle not in reports:
            run = subprocess.run([binary, "analyze", bundle, "--format", "json"], capture_output=True, check=True)
            reports[bundle] = json.loads(run.stdout)["incidents"]
        mine = [incident for incident in reports[bundle] if speaks_of(incident, subject)]
        container = subject.get("container")
        mine = [i for i in mine if container and i["subject"].get("container") == container] or mine
        if "none" in accepted:
            mine = [incident for incident in mine if incident["severity"] != "info"]
        if not mine:
            silent += "none" not in accepted
            continue
        first = mine[0]
        if first["cause"] == "unknown":
            unknown += 1
            continue
        right = bool(accepted & {first["cause"], *first["causeParents"]})
        verdicts.append((first["confidence"], right, f"{bundle.name if bundle.name != 'bundle' else bundle.parent.name}: {first['cause']}"))

    print("confidence   verdicts   stated   right")
    for low, high in BANDS:
        band = [(confidence, right) for confidence, right, _ in verdicts if low <= confidence < high]
        if band:
            stated = sum(confidence for confidence, _ in band) / len(band)
            share = sum(right for _, right in band) / len(band)
            print(f"{low:.2f}-{min(high, 1):.2f}   {len(band):>8}   {stated:>6.2f}   {share:>5.2f}")
    if verdicts:
        brier = sum((confidence - right) ** 2 for confidence, right, _ in verdicts) / len(verdicts)
        print(f"Brier score {brier:.3f} over {len(verdicts)} verdicts; unknown {unknown}; nothing said of a sick object {silent}")
    loud = [name for confidence, right, name in verdicts if confidence >= 0.9 and not right]
    for name in loud:
        print(f"wrong at 0.9 or more: {name}")
    sys.exit(1 if loud else 0)


main()
