"""A server that gives every request the same answer: `python -m serving_peers.trivial PORT`.

It shows what the load client could measure at most.
"""

import select
import socket
import sys

_BODY = b'{"digit": 7, "confidence": 0.99, "probabilities": [' + b", ".join([b"0.0123456789"] * 10) + b"]}"
_RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)


def serve(port: int) -> None:
    """Answers for ever; a request has to arrive in one piece."""
    poll = select.epoll()
    listener = socket.create_server(("127.0.0.1", port))
    poll.register(listener, select.EPOLLIN)
    connections: dict[int, socket.socket] = {}
    while True:
        for number, _ in poll.poll():
            if number == listener.fileno():
                connection = listener.accept()[0]
                connections[connection.fileno()] = connection
                poll.register(connection, select.EPOLLIN)
            elif connections[number].recv(65_536):
                connections[number].sendall(_RESPONSE)
            else:
                connections.pop(number).close()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
