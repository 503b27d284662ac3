//! Quintet as an MCP server for its agents: `quintet mcp`, started by the agent's own program over its stdio.
//!
//! It is a program of its own that knows nothing but the attempt's folder: what the agent tells is appended to
//! `said.jsonl` there, in the language of `output = "jsonl"`, and what it asks is answered from the files that Quintet
//! keeps. So it works wherever the agent runs, and goes on while Quintet itself is restarted.
//!
//! [`named`] tells which servers a plan names, [`alias`] which of the person's they are; [`preflight`] starts each before
//! agents need it.

pub mod alias;
mod folder;
pub mod named;
pub mod preflight;
mod tools;

use std::process::ExitCode;

use rmcp::ServiceExt;

use folder::Folder;

/// Serves the attempt that this process belongs to, until its input ends.
pub fn main() -> ExitCode {
    let folder = match Folder::from_env() {
        Ok(folder) => folder,
        Err(error) => return failed(&error.to_string()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = match runtime {
        Ok(runtime) => runtime.block_on(serve(folder)),
        Err(error) => Err(error.to_string()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

async fn serve(folder: Folder) -> Result<(), String> {
    let transport = rmcp::transport::stdio();
    let service = tools::Quintet::new(folder).serve(transport).await.map_err(|error| error.to_string())?;
    service.waiting().await.map_err(|error| error.to_string())?;
    Ok(())
}

fn failed(why: &str) -> ExitCode {
    eprintln!("quintet mcp: {why}");
    ExitCode::from(2)
}
