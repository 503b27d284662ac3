//! Which MCP servers of the person's an agent of the plan means.

use super::Setup;
use crate::engine::Server;
use crate::plan::Agent;

impl Setup {
    /// Returns the person's server that a name of the plan means.
    pub fn server(&self, name: &str) -> Option<&Server> {
        self.mcp.get(self.mcp_aliases.get(name).map_or(name, String::as_str))
    }

    /// Returns the person's servers that an agent's tools come from, or that are named to it in prose, each once and by
    /// the plan's name.
    pub fn servers_of(&self, agent: &Agent) -> Vec<(String, &Server)> {
        let mut servers: Vec<(String, &Server)> = Vec::new();
        for name in agent.servers() {
            if let Some(server) = self.server(name)
                && servers.iter().all(|(known, _)| known != name)
            {
                servers.push((name.to_owned(), server));
            }
        }
        servers
    }
}
