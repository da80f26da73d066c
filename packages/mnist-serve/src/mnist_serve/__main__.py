"""`python -m mnist_serve` is `serve`, for launchers that start modules."""

from mnist_serve.serve_command import serve

serve(prog_name="serve")
