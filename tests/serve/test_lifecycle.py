"""Start, workers, and the end: what a person sees when things go wrong, and that nothing accepted is lost."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner

from mnist_serve.serve_command import serve
from serve.conftest import needs_fork
from serve.running import PATIENCE, READY, Server, children, read_response, running, wait_for
from support import closing, png

pytestmark = needs_fork
SERVE = [sys.executable, "-m", "mnist_serve"]


def predict_request(picture: bytes) -> bytes:
    return b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(picture), picture)


class TestStart:
    def test_it_says_where_it_listens_with_which_model_and_how_many_workers(self, server: Server) -> None:
        assert server.model == "BestCNN (MNIST)"
        assert server.workers == 2
        assert server.get("/v2/health/ready").json == {"ready": True, "live": True}

    def test_neither_torch_nor_torchvision_is_loaded(self, server: Server) -> None:
        for pid in server.worker_pids():
            assert "onnxruntime" in (maps := Path(f"/proc/{pid}/maps").read_text())
            assert "torch" not in maps

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            (["--model", "nowhere"], "There is no model nowhere. Train one with `uv run --package mnist-train train`."),
            (["--model", "notes.txt"], "notes.txt is neither a run's folder nor a .onnx file."),
            (["--model", "noise.onnx"], "noise.onnx is not a model that onnxruntime can load"),
            (["--host", "no.such.host.invalid"], "There is no address 'no.such.host.invalid' to listen on"),
            (["--host", "a..b"], "'a..b' is not a host name"),
            (["--host", "192.0.2.1"], "This machine has no address 192.0.2.1. Use --host 127.0.0.1, or 0.0.0.0"),
            (["--model", ""], ". is no run's folder: it has no model.json."),
        ],
    )
    def test_what_is_wrong_is_said_in_one_line(self, options: list[str], says: str) -> None:
        Path("notes.txt").write_text("notes")
        Path("noise.onnx").write_bytes(b"noise")

        done = subprocess.run([*SERVE, "--port", "0", *options], capture_output=True, text=True, timeout=PATIENCE)

        assert done.returncode == 1
        assert done.stderr.startswith("Error: ")
        assert says in done.stderr
        assert len(done.stderr.splitlines()) == 1

    def test_a_damaged_model_is_told_before_anything_is_served(self, run_copy: Path) -> None:
        with (run_copy / "model.onnx").open("r+b") as file:
            file.seek(1000)
            file.write(b"damage")

        done = subprocess.run(
            [*SERVE, "--port", "0", "--model", str(run_copy)], capture_output=True, text=True, timeout=PATIENCE
        )

        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert "is damaged or belongs to another run" in done.stderr

    def test_a_port_that_is_taken_is_told_with_the_way_out(self, server: Server) -> None:
        done = subprocess.run([*SERVE, "--port", str(server.port)], capture_output=True, text=True, timeout=PATIENCE)

        assert done.returncode == 1
        assert done.stderr == (
            f"Error: Port {server.port} on 127.0.0.1 is already in use. "
            "Choose another with --port (0 picks a free one).\n"
        )

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--port", "70000"],
            ["--workers", "0"],
            ["--max-body", "-1"],
            ["--request-timeout", "nan"],
            ["--api-key", ""],
            ["--no-such"],
        ],
    )
    def test_a_wrong_command_line_is_exit_code_2(self, arguments: list[str], cli: CliRunner) -> None:
        done = cli.invoke(serve, arguments)

        assert done.exit_code == 2
        assert "Usage: serve" in done.stderr

    @pytest.mark.parametrize(
        ("key", "says"),
        [
            ("", "it is empty"),
            (" \n", "it is empty"),
            (os.fsdecode(b"secret\xff"), "printable characters of ASCII"),
            ("schlüssel", "printable characters of ASCII"),
            ("two\nlines", "printable characters of ASCII"),
        ],
    )
    def test_a_key_that_nobody_could_send_is_refused(self, key: str, says: str, cli: CliRunner) -> None:
        done = cli.invoke(serve, ["--model", "nowhere"], env={"MNIST_SERVE_API_KEY": key})

        assert done.exit_code == 2
        error = done.stderr.splitlines()[-1]
        assert error.startswith("Error: Invalid value for '--api-key' (env var: 'MNIST_SERVE_API_KEY'): ")
        assert says in error

    def test_every_option_can_come_from_the_environment(self, pictures: list[bytes]) -> None:
        with running(MNIST_SERVE_WORKERS="1", MNIST_SERVE_MAX_BODY="100", MNIST_SERVE_ACCESS_LOG="false") as server:
            assert server.workers == 1
            assert server.post("/predict", pictures[0]).status == 413
        assert not server.accesses()


class TestWorkers:
    def test_connections_are_shared_evenly(self) -> None:
        with running("--workers", "3") as server:
            connections = [server.connect() for _ in range(12)]
            for connection in connections:
                connection.sendall(b"GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n")
                assert read_response(connection).startswith(b"HTTP/1.1 200")
            lines = wait_for(lambda: len(server.accesses()) == 12 and server.accesses())
            for connection in connections:
                connection.close()

        counts = [sum(line["worker"] == pid for line in lines) for pid in {line["worker"] for line in lines}]
        assert counts == [4, 4, 4]

    def test_one_that_dies_is_replaced_and_its_counts_stay(self, pictures: list[bytes]) -> None:
        with running("--workers", "2") as server:
            for _ in range(10):
                assert server.post("/predict", pictures[3]).status == 200
            before = set(server.worker_pids())
            victim = min(before)
            os.kill(victim, signal.SIGKILL)
            wait_for(lambda: len(server.worker_pids()) == 2 and victim not in server.worker_pids())
            wait_for(lambda: "mnist_workers_ready 2.0" in server.get("/metrics").body.decode())
            answers = [server.post("/predict", pictures[3]).status for _ in range(10)]
            metrics = server.get("/metrics").body.decode()

        assert answers == [200] * 10
        assert 'mnist_requests_total{endpoint="predict",status="200"} 20.0' in metrics
        assert "mnist_worker_restarts_total 1.0" in metrics
        assert f"Worker {victim} ended by signal 9; another takes its place." in server.log

    def test_a_replacement_has_the_same_model_whatever_became_of_the_file(
        self, run_copy: Path, pictures: list[bytes]
    ) -> None:
        with running("--workers", "1", "--model", str(run_copy)) as server:
            before = server.post("/predict", pictures[3]).body
            shutil.rmtree(run_copy)
            (worker,) = server.worker_pids()
            os.kill(worker, signal.SIGKILL)
            wait_for(lambda: worker not in server.worker_pids() and server.worker_pids())

            assert server.post("/predict", pictures[3]).body == before

    def test_while_one_dies_the_others_go_on(self, pictures: list[bytes]) -> None:
        with running("--workers", "2") as server, server.connect() as first, server.connect() as second:
            for connection in (first, second):
                connection.sendall(predict_request(pictures[1]))
                read_response(connection)
            os.kill(server.worker_pids()[0], signal.SIGKILL)
            time.sleep(0.1)
            survivors = 0
            for connection in (first, second):
                try:
                    connection.sendall(predict_request(pictures[1]))
                    survivors += read_response(connection).startswith(b"HTTP/1.1 200")
                except ConnectionError:
                    pass

        assert survivors == 1

    @pytest.mark.slow
    def test_one_that_hangs_is_replaced(self, pictures: list[bytes]) -> None:
        """A stopped process takes connections and answers none."""
        with running("--workers", "2") as server:
            before = server.worker_pids()
            os.kill(before[0], signal.SIGSTOP)
            wait_for(lambda: before[0] not in server.worker_pids() and len(server.worker_pids()) == 2, patience=60)

            assert before[1] in server.worker_pids()
            assert f"Worker {before[0]} has done nothing for 30 seconds." in server.log
            assert all(server.post("/predict", pictures[1]).status == 200 for _ in range(4))

    def test_one_that_is_told_to_stop_finishes_and_is_replaced(self, pictures: list[bytes]) -> None:
        with running("--workers", "1") as server, server.connect() as connection:
            request = predict_request(pictures[1])
            connection.sendall(request[:-1])
            time.sleep(0.2)
            (worker,) = server.worker_pids()
            os.kill(worker, signal.SIGTERM)
            time.sleep(0.2)
            connection.sendall(request[-1:])
            assert read_response(connection).startswith(b"HTTP/1.1 200")
            wait_for(lambda: worker not in server.worker_pids() and server.worker_pids())

            assert server.post("/predict", pictures[1]).status == 200

    def test_none_is_left_behind_when_the_supervisor_is_killed(self) -> None:
        server = Server("--workers", "2")
        workers = server.worker_pids()

        server.stop(signal.SIGKILL)

        assert len(workers) == 2
        wait_for(lambda: not any(_runs(pid) for pid in workers))

    def test_metrics_count_what_all_of_them_did(self, pictures: list[bytes]) -> None:
        with running("--workers", "3") as server:
            for _ in range(9):
                server.post("/predict", pictures[2])
            workers = wait_for(lambda: len(server.accesses()) == 9 and {line["worker"] for line in server.accesses()})
            texts = [server.get("/metrics").body.decode() for _ in range(6)]

        assert len(workers) == 3
        assert all('mnist_requests_total{endpoint="predict",status="200"} 9.0' in text for text in texts)

    def test_closed_errors_do_not_matter(self) -> None:
        """What takes the number of the closed stream is nothing that somebody would write to."""
        port = _free_port()
        command = closing("2>&-", [*SERVE, "--port", str(port), "--workers", "2"])
        process = subprocess.Popen(command)
        try:
            wait_for(lambda: _ready(port))
            first, second = children(process.pid)
            os.kill(first, signal.SIGTERM)
            wait_for(lambda: first not in children(process.pid) and len(children(process.pid)) == 2)

            assert second in children(process.pid)
            assert Path(f"/proc/{second}/fd/2").readlink() == Path(os.devnull)
            assert _ready(port)
        finally:
            process.terminate()
            assert process.wait(PATIENCE) == 0


class TestWithoutFork:
    def test_one_worker_serves_in_the_process_itself(self, pictures: list[bytes]) -> None:
        """As on Windows, which has neither `os.fork` nor `resource`."""
        program = (
            "import os, sys\n"
            "del os.fork\n"
            "sys.modules['resource'] = None\n"
            "from mnist_serve.serve_command import serve\n"
            "serve(['--port', '0', '--workers', '4'])\n"
        )
        process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
        try:
            assert process.stderr
            ready = READY.search(process.stderr.readline())
            assert ready
            assert ready[4] == "1"
            connection = http.client.HTTPConnection("127.0.0.1", int(ready[3]), timeout=PATIENCE)
            connection.request("POST", "/predict", pictures[1])
            assert "digit" in json.loads(connection.getresponse().read())
            connection.close()
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 130
            process.stderr.close()  # type: ignore[union-attr]


class TestEnd:
    def test_sigterm_answers_what_was_accepted_and_exits_with_0(self, pictures: list[bytes]) -> None:
        server = Server("--workers", "2")
        request = predict_request(pictures[4])
        with server.connect() as half_sent, server.connect() as idle:
            half_sent.sendall(request[:-1])
            time.sleep(0.2)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            idle.sendall(b"GET /v2/health/ready HTTP/1.1\r\nHost: x\r\n\r\n")
            ready = read_response(idle)
            half_sent.sendall(request[-1:])
            answer = read_response(half_sent)

        assert ready.startswith(b"HTTP/1.1 503")
        assert b'"ready":false' in ready
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"Connection: close" in answer
        assert server.stop() == 0

    def test_no_accepted_request_is_lost_under_load(self, pictures: list[bytes]) -> None:
        """Every request whose connection was accepted gets its answer, until the server says that it closes."""
        server = Server("--workers", "2", "--no-access-log")
        lost: list[str] = []
        answered = 0
        lock = threading.Lock()

        def load() -> None:
            nonlocal answered
            while True:
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
                try:
                    connection.connect()
                except OSError:  # it accepts no more
                    return
                try:
                    while True:
                        connection.request("POST", "/predict", pictures[6])
                        response = connection.getresponse()
                        body = response.read()
                        if response.status != 200 or "digit" not in json.loads(body):
                            lost.append(f"{response.status} {body!r}")
                        with lock:
                            answered += 1
                        if response.getheader("Connection") == "close":
                            break
                except (OSError, http.client.HTTPException) as error:
                    lost.append(repr(error))
                finally:
                    connection.close()

        threads = [threading.Thread(target=load) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        code = server.stop()
        for thread in threads:
            thread.join()

        assert not lost
        assert answered > 100
        assert code == 0

    def test_more_than_can_be_finished_is_refused_in_words(self, digits: npt.NDArray[np.uint8]) -> None:
        """Large pictures that wait for the worker's thread when the time to drain runs out are told so, all of them."""
        large = predict_request(png(np.kron(digits[7], np.ones((224, 224), np.uint8))))
        server = Server("--workers", "1", "--drain-timeout", "2")
        with contextlib.ExitStack() as stack:
            connections = [stack.enter_context(server.connect()) for _ in range(9)]
            for connection in connections:
                connection.sendall(large)
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            answers = [read_response(connection)[:12] for connection in connections]

        assert set(answers) == {b"HTTP/1.1 200", b"HTTP/1.1 503"}
        assert server.stop() == 0

    def test_who_has_just_connected_still_gets_an_answer(self) -> None:
        server = Server("--workers", "1")
        with server.connect() as connection:
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            connection.sendall(b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            assert read_response(connection).startswith(b"HTTP/1.1 200")
        assert server.stop() == 0

    def test_it_can_be_stopped_while_it_starts(self) -> None:
        for delay in (0.0, 0.1, 0.2, 0.4, 0.6):
            process = subprocess.Popen([*SERVE, "--port", "0", "--workers", "3"], stderr=subprocess.PIPE, text=True)
            assert process.stderr
            wait_for(lambda pid=process.pid: Path(f"/proc/{pid}/task/{pid}/children").read_text())
            time.sleep(delay)
            process.terminate()
            said = process.stderr.read()
            process.stderr.close()
            assert process.wait(PATIENCE) == 0, said
            assert "Traceback" not in said

    def test_it_does_not_wait_for_ever(self) -> None:
        server = Server("--workers", "1", "--drain-timeout", "1", "--request-timeout", "60")
        with server.connect() as connection:
            connection.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
            time.sleep(0.2)
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 20

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
    def test_a_second_signal_stops_at_once(self, number: signal.Signals, code: int) -> None:
        server = Server("--workers", "2", "--drain-timeout", "60", "--request-timeout", "60")
        workers = server.worker_pids()
        with server.connect() as connection:
            connection.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
            time.sleep(0.2)
            server.process.send_signal(number)
            time.sleep(0.5)
            assert server.process.poll() is None
            began = time.monotonic()
            assert server.stop(number) == code
            assert time.monotonic() - began < 20
        assert not any(_runs(pid) for pid in workers)

    def test_ctrl_c_stops_all_in_order(self) -> None:
        """On a terminal, the workers get the signal as well."""
        server = Server("--workers", "2")
        for pid in (*server.worker_pids(), server.process.pid):
            os.kill(pid, signal.SIGINT)

        assert server.stop(signal.SIGINT) == 130
        assert "Traceback" not in server.log


class TestLog:
    def test_each_request_is_a_line_of_json(self, pictures: list[bytes]) -> None:
        with running("--workers", "1") as server:
            server.post("/predict?seen=true", pictures[0], X_Request_ID="mine")
            server.get("/nothing")
        first, second = server.accesses()

        assert first.items() >= {"request_id": "mine", "method": "POST", "path": "/predict", "status": 200}.items()
        assert first["client"] == "127.0.0.1"
        assert first["received"] == len(pictures[0])
        assert 0 < first["milliseconds"] < 10_000
        assert second.items() >= {"method": "GET", "path": "/nothing", "status": 404}.items()

    def test_a_reader_that_falls_asleep_does_not_stop_the_server(self) -> None:
        """A pipe takes 64 kB, and a write to a full one waits for ever."""
        command = [*SERVE, "--port", str(_free_port()), "--workers", "1"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        try:
            assert process.stderr
            process.stderr.readline()
            connection = http.client.HTTPConnection("127.0.0.1", int(command[-3]), timeout=PATIENCE)
            for _ in range(1000):
                connection.request("GET", "/v2/health/live")
                assert connection.getresponse().read()
            connection.close()
            for _ in range(3):  # the supervisor has something to say then
                (worker,) = children(process.pid)
                os.kill(worker, signal.SIGKILL)
                wait_for(lambda worker=worker: worker not in children(process.pid) and children(process.pid))
            connection.request("GET", "/v2/health/live")
            assert connection.getresponse().read()
            connection.close()
        finally:
            process.terminate()
            assert process.wait(PATIENCE) == 0
            process.stderr.close()  # type: ignore[union-attr]


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection), contextlib.suppress(ConnectionError):
        connection.request("GET", "/v2/health/ready")
        return connection.getresponse().status == 200
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
