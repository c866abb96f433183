#!/usr/bin/env python3
"""Renders the bundles of samples/: scenario definitions, served to the real kubectl, saved as the collector saves them.

    scripts/render-samples.py [--kubectl-dir DIR] [SCENARIO...]   write samples/SCENARIO/bundle
    scripts/render-samples.py --check                             check every sample's files, sums and expectations

The text of every table, description and JSON file is kubectl's own. DIR holds kubectls by minor version (`kubectl.1.30`);
the same definition and the same kubectl give the same bytes. expected.json and README.md of a sample are written by hand.
"""

import argparse
import hashlib
import json
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parent / "samples"
MAX_BUNDLE_BYTES = 250_000
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE / "render-samples"))

import collector  # noqa: E402
import scenarios  # noqa: E402


def render(name, folders):
    scenario = scenarios.ALL[name]
    cluster = scenario.build()
    cluster.finish()
    target = SAMPLES / name / "bundle"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    collection = collector.Collection(cluster, collector.find_kubectl(cluster.kubectl, folders), target)
    try:
        scenario.collect(collection)
    finally:
        collection.close()


def read(path):
    data = path.read_bytes()
    return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8", "replace")


def check(folder):
    """The faults of one sample, as sentences."""
    bundle = folder / "bundle"
    files = {path.relative_to(bundle).as_posix(): path for path in sorted(bundle.rglob("*")) if path.is_file()}
    for name, path in files.items():
        if name.endswith(".json") and path.stat().st_size:
            try:
                json.loads(read(path))
            except ValueError as error:
                yield f"{name}: {error}"
    size = sum(path.stat().st_size for path in files.values())
    if size > MAX_BUNDLE_BYTES:
        yield f"{size} bytes, more than {MAX_BUNDLE_BYTES}"
    if "SHA256SUMS" in files:
        summed = {}
        for line in read(files["SHA256SUMS"]).splitlines():
            digest, name = line.split("  ", 1)
            summed[name] = digest
        actual = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items() if name != "SHA256SUMS"}
        if summed != actual:
            yield "SHA256SUMS does not hold"
    if not (folder / "README.md").is_file():
        yield "no README.md"
    expected = json.loads((folder / "expected.json").read_text())
    texts = [read(path) for name, path in files.items() if name != "SHA256SUMS"]
    for index, incident in enumerate(expected["incidents"]):
        for wanted in incident["mustCite"]:
            if not any(wanted in line for text in texts for line in text.splitlines()):
                yield f"incident {index} ({incident['cause']}): no line holds {wanted!r}"
        cause = incident.get("causedBy")
        if cause is not None and not (isinstance(cause, int) and 0 <= cause < len(expected["incidents"]) and cause != index):
            yield f"incident {index}: causedBy {cause!r} is no other incident"
        if incident["cause"] in incident["mustNotSay"]:
            yield f"incident {index}: must and must not say {incident['cause']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="all when none is given")
    parser.add_argument("--kubectl-dir", action="append", default=[], metavar="DIR")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    unknown = set(options.scenarios) - set(scenarios.ALL)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    names = options.scenarios or list(scenarios.ALL)
    faults = 0
    for name in names:
        if not options.check:
            render(name, options.kubectl_dir)
            print(name)
            continue
        for fault in check(SAMPLES / name):
            faults += 1
            print(f"{name}: {fault}")
    if options.check:
        print(f"{len(names)} samples, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
