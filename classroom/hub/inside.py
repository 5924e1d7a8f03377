"""The first process in a student's sandbox: set its limits, lay the chapters, be the JupyterLab that the hub asked for.

Runs as the student, so laying follows no link out of the home: outside there is nothing to be seen.
"""

import asyncio
import os
import resource
import socket
import threading
from pathlib import Path
from urllib.parse import urlparse

PROCESSES = 512    # processes and threads of one student; a kernel with torch has about 20


def limit():
    """No process may hold more memory than the student, and no student may start processes without end."""
    resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = int(os.environ.pop("RNNCOURSE_PROCESS_BYTES"))
    if held:
        resource.setrlimit(resource.RLIMIT_DATA, (held, held))
    os.nice(5)    # the hub and the proxy answer first


def lay_chapters():
    """Put the course into the home, never over the student's work. A full disk must not keep anyone from the work."""
    from rnncourse.cli import Trouble
    from rnncourse.cli.lay import lay

    try:
        report = lay(Path.home() / "chapters")
    except Trouble as trouble:
        return print(trouble, flush=True)
    for name, what in report["kept"].items():
        print(f"{name}: {what}", flush=True)


def take_from_shelf():
    """Copy what the teacher laid on the shelf into the home, unless something of that name lies there already."""
    shelf = Path(os.environ["RNNCOURSE_HUB_SHELF"])
    for file in sorted(shelf.iterdir()) if shelf.is_dir() else []:
        mine = Path.home() / file.name
        if file.is_file() and not os.path.lexists(mine):
            try:
                mine.write_bytes(file.read_bytes())
            except OSError as error:
                print(f"{mine}: {error.strerror}", flush=True)


def lead_to_hub():
    """Carry what comes to the hub's address in here to the hub's socket; in a thread, for the life of the server."""
    hub = urlparse(os.environ["JUPYTERHUB_API_URL"])
    door = socket.create_server((hub.hostname, hub.port))
    threading.Thread(target=lambda: asyncio.run(_carry(door, os.environ["RNNCOURSE_HUB_SOCKET"])), daemon=True).start()


async def _carry(door, hub_socket):
    async def both_ways(reader, writer):
        out_reader, out_writer = await asyncio.open_unix_connection(hub_socket)
        await asyncio.gather(_pour(reader, out_writer), _pour(out_reader, writer), return_exceptions=True)

    await (await asyncio.start_server(both_ways, sock=door)).serve_forever()


async def _pour(reader, writer):
    try:
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    finally:
        writer.close()


def listen_on(door):
    """Have Jupyter's server listen on the socket that the hub opened, in the hub's own network."""
    from jupyter_server.serverapp import ServerApp

    def bind(app):
        given = socket.socket(fileno=door)
        given.setblocking(False)
        app.http_server.add_socket(given)
        return True

    ServerApp._bind_http_server_tcp = bind
    os.set_inheritable(door, False)    # kernels and terminals do not get it


if __name__ == "__main__":
    limit()
    os.chdir(Path.home())
    lay_chapters()
    take_from_shelf()
    lead_to_hub()
    listen_on(int(os.environ.pop("RNNCOURSE_DOOR")))
    from jupyterhub.singleuser import main

    main()
