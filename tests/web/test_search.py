"""What is shown while somebody types is what the server finds once it is sent."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

from catalogue.query.layer_search import LayersRequest, Searched, matches, parse_layers, this_hour, words
from catalogue.query.parameters import BadParameter

ROOT = Path(__file__).parent.parent.parent
TEXTS = [
    "Vägarbeten på Gåsgatan", "Road works", "Badplats", "Träd och parker", "Straße 5 & co", "ĲSSEL ﬁsk", "ÀÉÎ õü",
    "a_b c-d", "مرحبا بالعالم", "日本 地図", "x²", "İstanbul", "naïve café", "100 %",
]  # fmt: skip
ASKED = ["", ",", "vag", "VÄG", "arbeten", "badplatser", "badplatserna", "b", "strasse", "fisk", "ijssel", "istanbul"]


def test_typing_finds_what_sending_finds() -> None:
    chosen = random.Random(6)
    pieces = [piece for text in TEXTS for piece in (text, *text.split(), text[1:5], text[:3].upper())]
    asked = ASKED + [
        chosen.choice(("", " ", ",")).join(chosen.sample(pieces, chosen.randint(1, 3)))[:200]
        for _number in range(2_000)
    ]
    cases = [(each, words(chosen.sample(TEXTS, chosen.randint(1, 3)))) for each in asked]
    expected = [_matches(each, known) for each, known in cases]
    assert 200 < sum(expected) < len(expected) - 200
    sent = json.dumps([{"asked": each, "known": " ".join(sorted(known))} for each, known in cases])
    node = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    script = ROOT / "tests" / "web" / "search.mjs"
    done = subprocess.run([node, script], input=sent, capture_output=True, text=True, check=True)
    wrong = [
        case for case, mine, theirs in zip(cases, expected, json.loads(done.stdout), strict=True) if mine != theirs
    ]
    assert not wrong, wrong[:5]


def _matches(asked: str, known: frozenset[str]) -> bool:
    try:
        request = parse_layers([("q", asked)], (), this_hour())
    except BadParameter:
        # Without a word to search for, typing shows everything, and sending says so.
        request = LayersRequest()
    return matches(request, Searched(known, (), "", frozenset(), None, None))
