//! A graph of anything, in a plan that is good without it.

use super::plan::read_and_hold;

/// Holds for the text of a graph.
pub fn hold(bytes: &[u8]) {
    let graph = String::from_utf8_lossy(bytes);
    let agents = "# P\n## Agents\n1. **alpha**: a\n2. **beta**: b\n3. **gamma**: c\n4. **delta**: d\n";
    read_and_hold(&format!("{agents}\n```mermaid\n{graph}\n```\n"));
}
