//! The built-in agents: a project is read, rules are held against it, a report is written. A child process like any agent.
