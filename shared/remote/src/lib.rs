//! Tools that run elsewhere: HTTP services and MCP servers that a company configures.
