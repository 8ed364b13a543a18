"""What the scripts about loom models share: build the crate for loom, run one model, break a copy."""

import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
SOURCE = ROOT / "crates/waterway/src"
COPY = TARGET / "seeded"

# A model may take so many times as long as its processor time.
HUNG = 10

ENVIRONMENT = dict(
    os.environ,
    # Nothing fetches a toolchain.
    RUSTUP_DIST_SERVER="http://127.0.0.1:1",
    RUSTUP_UPDATE_ROOT="http://127.0.0.1:1/rustup",
    RUSTUP_AUTO_INSTALL="0",
    RUSTFLAGS=" ".join(["--cfg waterway_loom", os.environ.get("RUSTFLAGS", "")]).strip(),
    CARGO_TARGET_DIR=str(TARGET / "loom"),
)


class DoesNotBuild(Exception):
    """What the compiler says."""


def build(workspace: pathlib.Path, loud: bool, **more: str) -> pathlib.Path:
    """Builds the models of a workspace, with more environment; the program that holds them."""
    command = ["cargo", "test", "-p", "waterway", "--release", "--lib", "--no-run"]
    done = subprocess.run(
        [*command, "--message-format=json-render-diagnostics"],
        cwd=workspace, env=ENVIRONMENT | more, stdout=subprocess.PIPE,
        stderr=None if loud else subprocess.PIPE, text=True,
    )
    if done.returncode != 0:
        raise DoesNotBuild(done.stderr or "")
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "waterway":
            return pathlib.Path(message["executable"])
    raise DoesNotBuild("no test program was built")


def models(program: pathlib.Path) -> list[str]:
    """The names of all models in a program."""
    listed = subprocess.run([program, "--list"], stdout=subprocess.PIPE, text=True, check=True)
    return re.findall(r"^model::(.*): test$", listed.stdout, re.MULTILINE)


@dataclasses.dataclass
class Outcome:
    model: str
    red: bool
    # It was stopped: it is neither green nor red.
    stopped: bool
    output: str
    seconds: float

    @property
    def facts(self) -> str:
        """What the model says of itself."""
        found = re.search(r"^.*?\d+ executions.*$", self.output, re.MULTILINE)
        return re.sub(r"^.*?(\d+ executions)", r"\1", found[0]) if found else ""

    @property
    def reason(self) -> str:
        """The first panic."""
        found = re.search(r"panicked at [^\n]*\n+([^\n]*)", self.output)
        return found[1].strip() if found else self.output.strip().splitlines()[-1:][0:1] and (
            self.output.strip().splitlines()[-1]) or "no output"


def run(program: pathlib.Path, model: str, preemptions: int | None, limit: int) -> Outcome:
    """Runs one model in a process of its own, for so many seconds of processor time at most."""
    environment = dict(os.environ, RUST_BACKTRACE="0")
    if preemptions is not None:
        environment["LOOM_MAX_PREEMPTIONS"] = str(preemptions)

    # The shell sets the limits: to run code between fork and exec is not safe beside other threads.
    limited = ["sh", "-c", f'ulimit -c 0; ulimit -t {limit}; exec "$0" "$@"', program]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [*limited, "--exact", f"model::{model}", "--nocapture", "--test-threads=1"],
            env=environment, stdout=output, stderr=subprocess.STDOUT,
        )
        # One that waits takes no processor time.
        hung = threading.Timer(HUNG * limit, os.kill, (process.pid, signal.SIGKILL))
        hung.start()
        _, status, used = os.wait4(process.pid, 0)
        hung.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if "running 1 test" not in text:
        raise LookupError(f"there is no model {model}")
    code = process.returncode
    stopped = code in (-signal.SIGXCPU, -signal.SIGKILL)
    if code < 0:
        text += f"\nended by {signal.Signals(-code).name}\n"
    return Outcome(model, code != 0 and not stopped, stopped, text, used.ru_utime + used.ru_stime)


class Copy:
    """A fresh copy of the crate, in a workspace of its own, with what is built of it."""

    def __init__(self, number: int) -> None:
        self.place = COPY / str(number)
        shutil.rmtree(self.place, ignore_errors=True)
        crate = self.place / "crates/waterway"
        crate.mkdir(parents=True)
        shutil.copytree(SOURCE, crate / "src")
        shutil.copy(SOURCE.parent / "Cargo.toml", crate)
        shutil.copy(ROOT / "Cargo.lock", self.place)
        manifest = (ROOT / "Cargo.toml").read_text()
        manifest = re.sub(r"(?m)^members = .*$", 'members = ["crates/waterway"]', manifest)
        manifest = re.sub(r"(?m)^default-members = .*\n", "", manifest)
        # A model spends its time in loom. The crate is built anew for each bug, which takes far longer
        # than to find one: as little of it as can be is built, and that in haste.
        manifest += "\n[profile.release.package.waterway]\nopt-level = 0\ndebug = false\n"
        (self.place / "Cargo.toml").write_text(manifest)
        self.source = crate / "src"

    def built(self) -> pathlib.Path:
        """Builds it as it is now; the program is there until the next build."""
        target = str(TARGET / "loom" / self.place.name)
        return build(self.place, loud=False, CARGO_INCREMENTAL="1", CARGO_TARGET_DIR=target)


def processors() -> int:
    return len(os.sched_getaffinity(0))


def workers() -> concurrent.futures.ThreadPoolExecutor:
    """One for each processor."""
    return concurrent.futures.ThreadPoolExecutor(processors())


def say(*words: object) -> None:
    print(*words, flush=True)


def clock() -> float:
    return time.monotonic()


def die(message: str) -> None:
    sys.exit(message)
