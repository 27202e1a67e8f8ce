import subprocess
import sys

import grpc
import numba
import pytest
import typer
from typer.testing import CliRunner

from vicinal.cli.failures import Commands, Failure, explain_failure, extra_needed
from vicinal.cli.main import app
from vicinal.client import InvalidArgumentError, UnavailableError, Violation


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    "error", [Failure("no\nsuch thing"), UnavailableError("no\nsuch thing", reason="DISK")]
)
def test_a_failure_is_one_line_and_exit_code_1(error):
    failing = typer.Typer(cls=Commands)

    @failing.command()
    def one():
        raise error

    @failing.command()
    def other():
        pass

    result = CliRunner().invoke(failing, ["one"])
    assert result.exit_code == 1
    assert result.stderr == "vicinal: no such thing\n"
    assert result.stdout == ""


def test_where_nothing_compiled_can_be_kept_it_is_said_what_to_set():
    compiling = typer.Typer(cls=Commands)

    @compiling.command()
    def one():
        # Of code that stands in no file, numba can keep nothing either.
        numba.njit(cache=True)(eval("lambda x: x"))

    @compiling.command()
    def other():
        raise RuntimeError("something else")

    result = CliRunner().invoke(compiling, ["one"])
    assert result.exit_code == 1
    assert result.stderr.startswith("vicinal: compiled code")
    assert "NUMBA_CACHE_DIR" in result.stderr
    assert isinstance(CliRunner().invoke(compiling, ["other"]).exception, RuntimeError)


def test_all_wrong_fields_are_named():
    violations = [Violation("a", "is wrong"), Violation("b", "too")]
    assert explain_failure(InvalidArgumentError("a: is wrong (and 1 more)", violations=violations)) == (
        "a: is wrong; b: too"
    )


def test_a_server_that_is_not_there_is_told_plainly():
    error = UnavailableError("connection refused", code=grpc.StatusCode.UNAVAILABLE)
    assert explain_failure(error).startswith("no server answers: start one with `vicinal serve`")
    assert "TLS" not in explain_failure(error)


def test_a_server_that_hangs_up_may_want_tls():
    error = UnavailableError("Socket closed", code=grpc.StatusCode.UNAVAILABLE)
    assert "--root-certificate" in explain_failure(error)


def test_a_missing_package_names_its_extra():
    with (
        pytest.raises(Failure, match=r"'no_such_package_here'.*vicinal\[evaluation\]"),
        extra_needed("evaluation"),
    ):
        import no_such_package_here  # noqa: F401


def test_without_typer_the_command_says_what_to_install():
    code = "import sys; sys.modules['typer'] = None; import vicinal.cli.main"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr == "vicinal: the command needs typer; install Vicinal as 'vicinal[service]'\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["label", "fruits"],
        ["label", "fruits", "a.jpg"],
        ["label", "fruits", "a.jpg", "fresh", "--remove"],
        ["label", "fruits", "a.jpg", "fresh", "--file", "labels.csv"],
        ["suggest", "fruits", "--size", "0"],
        ["skip", "fruits"],
        ["serve", "--listen", "nowhere"],
        ["serve", "--threads", "0"],
        ["demo", "--budget", "0"],
        ["nothing"],
    ],
)
def test_wrong_usage_is_exit_code_2_before_anything_is_done(arguments):
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr


def test_wrong_settings_are_all_named():
    result = run("serve", "--listen", "nowhere", "--threads", "0")
    assert "listen:" in result.stderr
    assert "threads:" in result.stderr


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("item_id,label\na,x\na,y\n", "row 3 names item 'a' a second time, after row 2"),
        ("item_id\na\n", "no column 'label'"),
        ("item_id,label\n", "no row"),
    ],
)
def test_a_wrong_file_of_labels_is_refused_before_anything_is_sent(tmp_path, content, complaint):
    (tmp_path / "labels.csv").write_text(content)
    result = run("label", "fruits", "--file", tmp_path / "labels.csv")
    assert result.exit_code == 1
    assert complaint in result.stderr


def test_a_server_that_cannot_start_says_why(tmp_path):
    (tmp_path / "taken").write_text("")
    flags = ["--listen", "127.0.0.1:0", "--data-dir", str(tmp_path / "taken")]
    result = subprocess.run(
        [sys.executable, "-m", "vicinal.cli.main", "serve", *flags],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("vicinal: ")
    assert "taken" in result.stderr
    assert "Traceback" not in result.stderr
