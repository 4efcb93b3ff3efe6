"""Every file of a folder of real and broken data: proposed, loaded, and held against another reader.

    python -m bench.sources ../shared/data --into docs/sources.md [--results FILE] [--only TEXT]

Each file goes through `kartlagd new` and `kartlagd load` as processes of their own, with their seconds and memory; what
the source yields is then compared cell by cell with what another reader finds. With `--results`, files whose outcome is
known already (JSON, a line each) are not tried again.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.place import KARTLAGD, Place, children, open_place
from bench.sources_table import Outcome, table

#: What no file may take.
SECONDS, MEGABYTES = 60, 1000
_SIDECARS = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".shp.xml")
_PUBLISHER = """\
id: bench
name: Bench
kind: authority
area: [10.5, 55.0, 24.5, 69.5]
contact: {name: Bench, email: bench@exempelby.se}
"""
_WAITS = re.compile("by: (DECIDE|BESTÄM), case: (DECIDE|BESTÄM)")
#: What a person is asked for, and answers.
_CHOICES: dict[str, list[str]] = {
    "charging/turku_charging_test.csv": ["--crs", "EPSG:3877"],
    "charging/turku_laddstationer.csv": ["--crs", "EPSG:3877"],
    "torture/derived_turku_laddstationer_cp1252.csv": ["--crs", "EPSG:3877"],
    "parking/turku_parkkihallit.csv": ["--crs", "EPSG:3877"],
    "property/turku_venepaikat.csv": "--source x=KeskipisteI --source y=KeskipisteP --crs EPSG:3877".split(),
    "parking/de_neckarsulm_bike.csv": ["--crs", "EPSG:25832"],
    "parking/de_vrs_p_r.xlsx": ["--crs", "EPSG:25832"],
    "parking/de_heidelberg_easypark.geojson": ["--crs", "EPSG:25832"],
    "parking/turku_bicycle_stands.gml": ["--crs", "EPSG:3877"],
    "torture/ms_data_only_tables.gpkg": ["--layer", "oregon_cities"],
    "torture/ms_mixed_crs.gpkg": ["--layer", "oregon_4326"],
    "property/bubenec.gpkg": ["--layer", "buildings"],
    "property/koeln_fnp_signet/signet_aktuell.shp": ["--crs", "EPSG:32632"],
    "property/koeln_stadtteile/Stadtteil.shp": ["--crs", "EPSG:32632"],
    "property/koeln_verkehrnachricht/VerkehrNachricht.shp": ["--crs", "EPSG:32632"],
    "food/sambruk_livsmedel_spec_v2.xlsx": ["--layer", "Specifikation sv"],
    "parking/lambeth_cycle_stands.csv": ["--crs", "EPSG:27700"],
    "property/lambeth_schools.csv": ["--crs", "EPSG:27700"],
}
#: Hints for the other reader alone.
_HINTS: dict[str, dict[str, Any]] = {
    # pandas looks for the separator in the first line alone, and does not know UTF-16 by its byte order mark.
    "torture/gdal_header_with_line_break.csv": {"sep": ",", "engine": "c"},
    "torture/ms_utf16_le_bom.csv": {"sep": "\t", "encoding": "utf-16"},
    "torture/derived_sthlm_utf8_lying_cpg/stadsdelar.shp": {"encoding": "utf-8"},
    "torture/mapnik_farsi/farsi-labels.shp": {"encoding": "utf-8"},
    "torture/derived_turku_laddstationer_cp1252.csv": {"encoding": "cp1252", "sep": ";"},
}


def files(data: Path) -> list[Path]:
    """The files that somebody could name, each Shapefile once."""
    found = []
    for path in sorted(data.rglob("*")):
        name = path.name.lower()
        sidecar = next((end for end in _SIDECARS if name.endswith(end)), None)
        if path.is_dir() or path.suffix == ".md":
            continue
        if sidecar and any(path.with_name(path.name[: -len(sidecar)] + end).exists() for end in (".shp", ".SHP")):
            continue
        found.append(path)
    return found


def main() -> None:
    """Walk over the files, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--into", type=Path)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--compare", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.compare:
        from bench.compare import compare

        print(compare(arguments.data, json.loads(os.environ["COMPARED"]), json.loads(os.environ["HINTS"])))
        return
    known: dict[str, Outcome] = {}
    if arguments.results and arguments.results.exists():
        lines = arguments.results.read_text("utf-8").splitlines()
        known = {outcome.file: outcome for outcome in (Outcome(**json.loads(line)) for line in lines)}
    data = arguments.data.resolve()
    wanted = [path for path in files(data) if arguments.only in str(path.relative_to(data))]
    left = [path for path in wanted if str(path.relative_to(data)) not in known]
    if left:
        with open_place() as place:
            place.write("config/publishers/bench.yml", _PUBLISHER)
            url = place.database()
            for number, path in enumerate(left):
                outcome = tried(place, url, data, path, f"source_{number}")
                known[outcome.file] = outcome
                print(f"{outcome.file}: {outcome.outcome} · {outcome.beside} · {outcome.seconds:.1f} s, "
                      f"{outcome.megabytes:.0f} MB", flush=True)  # fmt: skip
                if arguments.results:
                    with arguments.results.open("a", encoding="utf-8") as results:
                        results.write(json.dumps(asdict(outcome), ensure_ascii=False) + "\n")
    shown = [known[str(path.relative_to(data))] for path in wanted]
    if arguments.into:
        arguments.into.write_text(table(shown), "utf-8")
    heavy = [one for one in shown if one.seconds > SECONDS or one.megabytes > MEGABYTES or "UNEXPECTED" in one.outcome]
    differing = [one for one in shown if one.beside.startswith("differs")]
    for one in heavy + differing:
        print(f"NOT RIGHT: {one}")
    sys.exit(1 if heavy or differing else 0)


def tried(place: Place, url: str, data: Path, path: Path, layer: str) -> Outcome:
    """What becomes of one file."""
    name = str(path.relative_to(data))
    before = _listing(path)
    proposed = _command(place, url, "new", str(path), "--id", layer)
    asked, answer = "", _CHOICES.get(name, [])
    if proposed.code == 2 and answer:
        asked = _short(proposed.said, place)
        proposed = _command(place, url, "new", str(path), "--id", layer, *answer)
    commands = [proposed]
    beside = ""
    if proposed.code == 0:
        source = place.folder / "collections" / f"{layer}.yml"
        kind = _kind(source.read_text("utf-8"), path)
        # Who assessed the file is nothing that is measured.
        source.write_text(_WAITS.sub("by: Bench, case: 1", source.read_text("utf-8")), "utf-8")
        loaded = _command(place, url, "load", layer)
        commands.append(loaded)
        outcome = _outcome(place, layer, proposed, loaded)
        beside = _compared(place, path, layer, _HINTS.get(name, {}))
        source.unlink()
    else:
        kind, outcome = path.suffix, f"refused: {_short(proposed.said, place)}"
    if any(one.code not in (0, 1, 2) for one in commands):
        outcome = f"UNEXPECTED: {commands[-1].said[-300:]}"
    if _listing(path) != before:
        outcome = f"UNEXPECTED: something was left beside it. {outcome}"
    seconds, megabytes = max(one.seconds for one in commands), max(one.megabytes for one in commands)
    return Outcome(name, path.stat().st_size, kind, outcome, asked, beside, round(seconds, 1), round(megabytes))


@dataclass(frozen=True)
class _Ended:
    code: int
    said: str
    seconds: float
    megabytes: float


def _command(place: Place, url: str, *arguments: str) -> _Ended:
    """One command to its end, stopped when it takes far too long."""
    environment = children(place.environment(url) | {"KARTLAGD_LANG": "en", "COLUMNS": "500"})
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [KARTLAGD, *arguments], env=environment, stdout=said, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            seconds = time.perf_counter() - started
            if pid:
                break
            if seconds > 3 * SECONDS:
                process.kill()
            time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        return _Ended(process.returncode, said.read().decode(errors="replace"), seconds, usage.ru_maxrss / 1024)


def _outcome(place: Place, layer: str, proposed: _Ended, loaded: _Ended) -> str:
    counted = re.search(r"(\d+) rows, of which (\d+) would be rejected", proposed.said)
    rows, rejected = map(int, counted.groups()) if counted else (0, 0)
    if loaded.code:
        reason = loaded.said.split(f"{layer}: ", 1)[-1]
        return f"read ({rows} rows), held back: {_short(reason, place)}"
    return f"{rows - rejected} rows" + (f", {rejected} rejected" if rejected else "")


def _compared(place: Place, path: Path, layer: str, hints: dict[str, Any]) -> str:
    """What `bench.compare` says, in a process of its own."""
    source = place.folder / "collections" / f"{layer}.yml"
    told = {"COMPARED": json.dumps(str(source)), "HINTS": json.dumps(hints)}
    done = subprocess.run(
        [sys.executable, "-m", "bench.sources", str(path), "--compare"],
        env=children(told), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    return done.stdout.strip() if done.returncode == 0 else f"differs: {done.stderr.strip()[-300:]}"


def _kind(proposal: str, path: Path) -> str:
    return path.suffix.lower() if proposal else ""


def _short(said: str, place: Place) -> str:
    """The message without this machine's folders, in one line."""
    text = " ".join(said.replace(str(place.folder), "").split())
    return text.removeprefix("Error: ")[:400]


def _listing(path: Path) -> Counter[str]:
    return Counter(file.name for file in path.parent.iterdir())


if __name__ == "__main__":
    main()
