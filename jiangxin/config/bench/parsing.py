"""Benchmark of reading policy texts: the complete `parse` beside a bare `re` scan and peers.

Peers run in an environment of their own (var/bench-env, made on demand), never in the product's.
The documents are those of POLICIES, or the project's own test documents.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jiangxin.engines.policytext import parse

ROOT = Path(__file__).parents[3]
OWN_DOCUMENTS = ROOT / "tests/engines/policytext/documents"
ENVIRONMENT = ROOT / "var/bench-env"
PACKAGES = ("jionlp==1.5.31", "cn2an==0.5.24")
# A peer stops after this long; its time for the whole text is then scaled up, and the note says so.
PEER_SECONDS = 30.0

_SCAN = re.compile(r"\d+(?:\.\d+)?(?:%|[万亿]?[\u4e00-\u9fff])")
_PEERS = {
    "JioNLP extract_time": "import jionlp; work = jionlp.ner.extract_time",
    "JioNLP extract_money": "import jionlp; work = jionlp.ner.extract_money",
    "cn2an.transform (for information)": "import cn2an; work = cn2an.transform",
}
_WORKER = """
import contextlib, io, json, sys, time
text, budget = json.load(sys.stdin)
with contextlib.redirect_stdout(io.StringIO()):
    {setup}
    with contextlib.suppress(Exception):
        work("到2025年投入500万元。")
done, failed, started = 0, 0, time.perf_counter()
for line in text.split("\\n"):
    if line.strip():
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                work(line)
        except Exception:
            failed += 1
    done += len(line) + 1
    if time.perf_counter() - started > budget:
        break
print(json.dumps([time.perf_counter() - started, done, failed]))
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """What a peer took for the whole text, or why it could not be measured."""

    seconds: float | None
    note: str


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure `parse` on the five documents and on a long one, beside limit and peers."""
    texts, source = _texts()
    joined = "\n".join(texts)
    size = 100_000 if quick else 1_000_000
    long = (joined + "\n") * (size // len(joined) + 1)
    problem = _prepare()
    rows = _case("five-documents", texts, source, runs=5 if quick else 15, problem=problem)
    return rows + _case(
        "long-document", [long[:size]], source, runs=3 if quick else 5, problem=problem
    )


def _texts() -> tuple[list[str], str]:
    given = os.environ.get("POLICIES")
    folder = Path(given) if given else OWN_DOCUMENTS
    texts = []
    for path in sorted(folder.glob("*.txt")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            texts.append(file.read())
    return texts, "the documents of POLICIES" if given else "the project's own test documents"


def _case(
    case: str, texts: list[str], source: str, *, runs: int, problem: str
) -> list[dict[str, Any]]:
    characters = sum(map(len, texts))
    ours = _median(lambda: [parse(text) for text in texts], runs)
    limit = _median(lambda: [_SCAN.findall(text) for text in texts], runs)
    tracemalloc.start()
    for text in texts:
        parse(text)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    rows = []
    for name, setup in _PEERS.items():
        peer = Peer(None, problem) if problem else _measure(setup, "\n".join(texts))
        rows.append(
            {
                "case": case,
                "unit": "s",
                "ours": ours,
                "peer": peer.seconds,
                "peer_name": name,
                "limit": limit,
                "limit_name": "bare re scan for numbers with a unit",
                "ours_over_limit": ours / limit,
                "ours_over_peer": ours / peer.seconds if peer.seconds else None,
                "runs": runs,
                "peak_mb": round(peak, 1),
                "note": f"{characters} characters of {source}, {characters / ours:,.0f} characters/s"
                + (f"; {peer.note}" if peer.note else ""),
            }
        )
    return rows


def _median(work: Callable[[], object], runs: int) -> float:
    work()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _python() -> Path:
    return ENVIRONMENT / "bin/python"


def _prepare() -> str:
    """Make the peers' environment if it is not there; return why that failed, or ""."""
    ready = ENVIRONMENT / "ready"
    wanted = "\n".join(PACKAGES)
    if ready.exists() and ready.read_text() == wanted:
        return ""
    print("Setting up the peers of the benchmark in var/bench-env …", file=sys.stderr)
    try:
        _call([sys.executable, "-m", "venv", str(ENVIRONMENT)])
        _call([str(_python()), "-m", "pip", "install", "--quiet", *PACKAGES])
    except (OSError, subprocess.SubprocessError) as error:
        return f"peers not measured: their environment could not be set up ({type(error).__name__})"
    ready.write_text(wanted)
    return ""


def _call(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=600)


def _measure(setup: str, text: str) -> Peer:
    try:
        answer = subprocess.run(
            [str(_python()), "-c", _WORKER.replace("{setup}", setup)],
            input=json.dumps([text, PEER_SECONDS]),
            capture_output=True,
            text=True,
            check=True,
            timeout=PEER_SECONDS * 4 + 60,
        )
        seconds, done, failed = json.loads(answer.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        return Peer(None, f"peer not measured ({type(error).__name__})")
    notes = ["peer called line by line, import not counted"]
    if done < len(text):
        notes.append(f"peer stopped after {done} characters, its time is scaled up")
        seconds *= len(text) / done
    if failed:
        notes.append(f"peer failed on {failed} lines")
    return Peer(seconds, "; ".join(notes))
