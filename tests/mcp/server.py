"""A shop's MCP server over streamable HTTP, on the port given and answering as `json` or `events`."""

import sys
from typing import TypedDict

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

server = MCPServer("shop")


class Reservation(TypedDict):
    sku: str
    units: int
    left: int


@server.tool(annotations=ToolAnnotations(read_only_hint=True), structured_output=False)
def Greet(name: str) -> str:
    """Greets somebody."""
    return f"Muraho, {name}!"


@server.tool()
def Reserve(sku: str, units: int) -> Reservation:
    """Keeps units of a product free."""
    return {"sku": sku, "units": units, "left": 10 - units}


@server.tool()
def Refuse() -> str:
    """Fails."""
    raise ToolError("the shop is closed")


@server.tool()
def Repeat(ctx: Context) -> dict[str, str]:
    """Says what came with the call."""
    request = ctx.request_context
    return {
        "key": request.meta["countersign/idempotency-key"],
        "authorization": request.request.headers["authorization"],
    }


port, answers = sys.argv[1:]
server.run("streamable-http", port=int(port), json_response=answers == "json")
