"""Serves the site: embedded servers where no address is given, database, demo, then web, worker and beat.

Started by script/server, which has set up packages and assets. Ends with everything that it started on Ctrl-C or
SIGTERM (exit code 0), or when one of its processes ends by itself (exit code 1).
"""

import ctypes
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relocation.settings")

from django.conf import settings  # noqa: E402
from django.core.exceptions import ImproperlyConfigured  # noqa: E402

from relocation import embedded, release  # noqa: E402

STOP_SECONDS = 10  # what a worker gets to end its task; the job of a longer one is taken up again at the next start
READY_SECONDS = 60
PORT_SECONDS = 6
PR_SET_PDEATHSIG = 1


class Stop(Exception):
    """Ctrl-C or SIGTERM."""


def say(text: str) -> None:
    print(text, flush=True)


def on_signal(number, frame) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stop


def manage(*arguments: str) -> None:
    """Run a management command in a session of its own: a Ctrl-C reaches it through us, between two steps."""
    process = subprocess.Popen([sys.executable, "manage.py", *arguments], start_new_session=True)
    try:
        code = process.wait()
    except Stop:
        process.terminate()
        process.wait()
        raise
    if code:
        raise SystemExit(f"{arguments[0]} failed (exit code {code})")


def die_with_parent() -> None:
    """In the child: get SIGTERM if this program is killed, so that nothing holds the port at the next start."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(*command: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", *command], start_new_session=True, preexec_fn=die_with_parent)


def hold_data_dir() -> None:
    """A lock on DATA_DIR for as long as this process lives; a second server there would stop the first one's data."""
    lock = os.open(settings.DATA_DIR / "server.lock", os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"A server runs already on {settings.DATA_DIR}. Stop it, or set DATA_DIR and PORT.") from None


def listening_host() -> str:
    """Only this machine, unless SITE_URL says that others are meant to come."""
    return "0.0.0.0" if os.environ.get("SITE_URL") else "127.0.0.1"


def check_port() -> None:
    """Wait a little for a port still held: the web process of a killed server ends a moment after it."""
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                return probe.bind((listening_host(), settings.PORT))
            except OSError as error:
                if time.monotonic() > deadline:
                    reason = f"Port {settings.PORT} cannot be used ({error.strerror}). Set PORT to another."
                    raise SystemExit(reason) from None
        time.sleep(0.2)


def once_per(stamp: str, state: str):
    """True where this state of things is not the one noted last; note it with `done()` when the step is finished."""
    path = settings.DATA_DIR / f"{stamp}.stamp"
    needed = not path.exists() or path.read_text() != state
    return needed, lambda: path.write_text(state)


def collect_static() -> None:
    files = [path for folder in settings.STATICFILES_DIRS for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    digest = hashlib.sha256(Path("requirements.txt").read_bytes())
    for path in files:
        digest.update(f"{path}{path.stat().st_size}{path.stat().st_mtime_ns}".encode())
    needed, done = once_per("static", digest.hexdigest())
    if needed:
        say("Collecting and compressing static files")
        manage("collectstatic", "--noinput", "--clear", "--verbosity=0")
        done()


def set_up_database(own_postgres: bool) -> None:
    """Migrations, rights, reference data: always on a given server, on ours when it is new or the code has changed."""
    cluster = (settings.DATA_DIR / "postgres" / "PG_VERSION").stat().st_ino if own_postgres else 0
    needed, done = once_per("database", f"{cluster} {release.digest()}")
    if needed or not own_postgres:
        say("Bringing the database up to date")
        manage("setup_database", "--verbosity=0")
        done()


def load_demo() -> None:
    """The demo of DEMO's scale at the first start; later only if the first start had none and DEMO asks for one."""
    path = settings.DATA_DIR / "demo.stamp"
    loaded = path.read_text() if path.exists() else None
    wanted = settings.DEMO if loaded is None or os.environ.get("DEMO") else loaded
    if loaded in (None, "none") and wanted != "none":
        say(f"Loading generated demo data ({wanted})")
        manage("load_demo", "--scale", wanted, "--seed", "1")
    elif loaded not in (None, "none") and wanted != loaded:
        say(f"The {loaded} demo is loaded already; for DEMO={wanted} choose an empty DATA_DIR")
        wanted = loaded
    path.write_text(wanted)


def start_services() -> dict[str, subprocess.Popen]:
    cores = str(max(2, os.cpu_count() or 1))
    settings_of_beat = settings.CELERY_BEAT_SCHEDULE_FILENAME
    return {
        "web": start(
            "granian", "--interface", "wsgi", "--host", listening_host(), "--port", str(settings.PORT),
            "--workers", cores, "--blocking-threads", "1", "--no-ws", "--log-level", "warning",
            "--workers-kill-timeout", "5", "relocation.wsgi:application",
        ),
        "worker": start(
            "celery", "--quiet", "-A", "relocation", "worker", "--concurrency", "2", "--loglevel", "INFO",
            "--without-gossip", "--without-mingle",
        ),
        "beat": start(
            "celery", "--quiet", "-A", "relocation", "beat", "--loglevel", "INFO", "--schedule", settings_of_beat,
            "--pidfile", "",
        ),
    }  # fmt: skip


def wait_until_ready(services: dict[str, subprocess.Popen]) -> None:
    address = f"http://127.0.0.1:{settings.PORT}/readyz"
    deadline = time.monotonic() + READY_SECONDS
    answer = "no answer"
    while not first_ended(services):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except urllib.error.HTTPError as error:
            answer = error.read().decode()
        except OSError:
            pass  # not listening yet
        if time.monotonic() > deadline:
            raise SystemExit(f"The site is not ready after {READY_SECONDS} s: {answer}")
        time.sleep(0.2)


def first_ended(services: dict[str, subprocess.Popen]) -> str | None:
    return next((name for name, process in services.items() if process.poll() is not None), None)


def stop(services: dict[str, subprocess.Popen]) -> None:
    for process in services.values():
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in services.values():
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def serve() -> int:
    began = time.monotonic()
    own_postgres, own_valkey = not os.environ.get("DATABASE_URL"), not os.environ.get("REDIS_URL")
    hold_data_dir()
    check_port()
    services: dict[str, subprocess.Popen] = {}
    try:
        if own_postgres:
            say("Starting PostgreSQL")
            embedded.start_postgres(settings.DATA_DIR)
        if own_valkey:
            say("Starting Valkey")
            embedded.start_valkey(settings.DATA_DIR)
        collect_static()
        set_up_database(own_postgres)
        load_demo()
        say("Starting web, worker and beat")
        services = start_services()
        manage("create_demo_accounts")  # prints them, while the services come up
        wait_until_ready(services)
        if not first_ended(services):
            say(f"Ready after {time.monotonic() - began:.0f} s: {settings.SITE_URL}  (Ctrl-C stops, data stay)")
        while not (ended := first_ended(services)):
            time.sleep(0.5)
        say(f"The {ended} process ended by itself (exit code {services[ended].returncode}); stopping the others")
        return 1
    except Stop:
        return 0
    finally:
        say("Stopping")
        stop(services)
        if own_valkey:
            embedded.stop_valkey(settings.DATA_DIR)
        if own_postgres:
            embedded.stop_postgres(settings.DATA_DIR)
        say("Stopped")


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parent.parent)
    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    try:
        sys.exit(serve())
    except (ImproperlyConfigured, embedded.EmbeddedServerError) as error:
        sys.exit(str(error))
    except Stop:
        sys.exit(0)
