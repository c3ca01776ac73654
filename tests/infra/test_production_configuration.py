"""docker-compose.yml: accepted by docker-compose where that is installed, and without any secret of its own."""

import re
import shutil
import subprocess

import pytest

from tests.settings import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
def test_docker_compose_accepts_it():
    command = ["docker-compose", "--env-file", "docker/check.env", "config"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    for service in ("proxy", "web", "worker", "beat", "setup", "postgres", "valkey"):
        assert f"\n  {service}:\n" in result.stdout


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEYS", "POSTGRES_APP_PASSWORD", "VALKEY_PASSWORD", "TLS_FOLDER"])
def test_a_missing_value_is_refused(tmp_path, name):
    values = tmp_path / "env"
    lines = (ROOT / "docker/check.env").read_text().splitlines()
    values.write_text("\n".join(line for line in lines if not line.startswith(f"{name}=")))
    command = ["docker-compose", "--env-file", str(values), "config", "--quiet"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode != 0


def test_no_secret_stands_in_the_file():
    for name, value in re.findall(r"^ +(\w*(?:PASSWORD|SECRET|KEY)\w*): *(\S+)", COMPOSE, re.MULTILINE):
        assert value.startswith("${"), name


def test_only_the_proxy_is_reached_from_outside():
    assert COMPOSE.count("ports:") == 1


def test_every_variable_is_explained_in_the_example():
    example = (ROOT / "docker/example.env").read_text()
    for name in set(re.findall(r"\$\{(\w+):\?", COMPOSE)):
        assert re.search(rf"^{name}=", example, re.MULTILINE), name
