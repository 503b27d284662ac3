//! Whom the infrastructure lets in.

use crate::analyst::Field;
use crate::analyst::project::Project;
use crate::analyst::project::terraform::Block;
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "open-to-everyone",
        field: Field::Security,
        severity: Severity::High,
        title: "No storage, secret or queue is open to everyone",
        rationale: "Everyone on the internet has this right, without signing in.",
        wrong_if: "what it holds is meant to be public",
        remedy: "Name who needs it, or put what is public into a place of its own.",
        looks_at: "grants in Terraform",
        topics: &["secur", "implementation", "iam", "access"],
        check: open_to_everyone,
    },
    Rule {
        id: "role-too-broad",
        field: Field::Security,
        severity: Severity::High,
        title: "No account has a role over the whole project",
        rationale: "One stolen key of this account is enough to read, change and delete everything.",
        wrong_if: "the account belongs to the person who owns the project",
        remedy: "Give it the roles of what it does, on what it does it to.",
        looks_at: "grants in Terraform",
        topics: &["secur", "implementation", "iam", "access"],
        check: role_too_broad,
    },
    Rule {
        id: "port-open-to-everyone",
        field: Field::Security,
        severity: Severity::High,
        title: "No port for administration is open to everyone",
        rationale: "Such ports are tried by strangers within minutes of being opened.",
        wrong_if: "another firewall stands before it",
        remedy: "Allow the addresses that need it, or go through a tunnel.",
        looks_at: "firewall rules in Terraform",
        topics: &["secur", "implementation", "network"],
        check: port_open_to_everyone,
    },
    Rule {
        id: "database-in-clear",
        field: Field::Security,
        severity: Severity::High,
        title: "Every database asks for encrypted connections from known networks",
        rationale: "Rows and passwords can be read on the way, or tried from anywhere.",
        wrong_if: "the network encrypts by itself",
        remedy: "Set `ssl_mode = \"ENCRYPTED_ONLY\"`, and remove the open network.",
        looks_at: "databases in Terraform",
        topics: &["secur", "implementation", "tls", "network"],
        check: database_in_clear,
    },
];

/// Blocks of Terraform that grant a role to members.
fn grants(project: &Project) -> impl Iterator<Item = (&crate::analyst::project::File, &Block)> {
    project.terraform("resource", "").filter(|(_, block)| {
        let label = block.label();
        label.starts_with("google_") && (label.ends_with("_iam_member") || label.ends_with("_iam_binding"))
    })
}

fn open_to_everyone(project: &Project, look: &mut Look) {
    for (file, grant) in grants(project) {
        look.saw_one();
        let members = grant.attribute("member").or_else(|| grant.attribute("members"));
        let everyone = members.and_then(|members| members.strings().into_iter().find(|member| is_everyone(member)));
        let role = grant.attribute("role").and_then(|role| role.string()).unwrap_or_default();
        // A public service is often the point of it; a public store is not.
        let is_service =
            role.ends_with(".invoker") || grant.label().contains("_run_") || grant.label().contains("cloudfunctions");
        // What is called public, or is there to be fetched, is meant to be read by all.
        let of = ["bucket", "repository", "topic", "count", "for_each"];
        let named = of.iter().filter_map(|name| grant.attribute(name)).map(|attribute| attribute.text.as_str());
        let named = named.chain([grant.name()]).collect::<Vec<_>>().join(" ").to_ascii_lowercase();
        let is_read = ["iewer", "eader", "verifier"].iter().any(|word| role.contains(word));
        let is_outward = role.contains("artifactregistry") || OUTWARD.iter().any(|word| named.contains(word));
        let is_meant = is_read && is_outward && !named.contains("non-public") && !named.contains("private");
        if let (Some(everyone), Some(members), false) = (everyone, members, is_service || is_meant) {
            let statement = format!("`{everyone}` has `{role}` on `{}`.", grant.name());
            look.found(file, members.line, statement);
        }
    }
}

/// Words in the names of stores that are there for everybody.
const OUTWARD: &[&str] = &[
    "public", "site", "static", "asset", "cdn", "release", "download", "firmware", "nightly", "mirror", "docs",
    "charts",
];

fn is_everyone(member: &str) -> bool {
    matches!(member, "allUsers" | "allAuthenticatedUsers")
}

fn role_too_broad(project: &Project, look: &mut Look) {
    for (file, grant) in grants(project) {
        look.saw_one();
        let Some(role) = grant.attribute("role") else { continue };
        let is_wide =
            grant.label().starts_with("google_project_iam") || grant.label().starts_with("google_organization_iam");
        let name = role.string().unwrap_or_default();
        let is_person = grant.attribute("member").is_some_and(|member| member.text.starts_with("\"user:"));
        if is_wide && !is_person && matches!(name, "roles/owner" | "roles/editor") {
            look.found(file, role.line, format!("`{}` is granted `{name}` on the whole project.", grant.name()));
        }
    }
}

fn port_open_to_everyone(project: &Project, look: &mut Look) {
    const ADMINISTRATION: &[&str] = &["22", "3389", "3306", "5432", "6379", "27017", "9200", "2375"];
    for (file, rule) in project.terraform("resource", "google_compute_firewall") {
        look.saw_one();
        // Where a condition decides, some environment has asked for it.
        let is_whole = |text: &str| !text.contains('?');
        let from_anywhere = rule
            .attribute("source_ranges")
            .filter(|ranges| ranges.strings().contains(&"0.0.0.0/0") && is_whole(&ranges.text));
        let ports: Vec<&str> = rule
            .body
            .blocks("allow")
            .filter_map(|allow| allow.attribute("ports"))
            .flat_map(|ports| ports.strings())
            .collect();
        let open = ports.iter().find(|port| ADMINISTRATION.contains(port));
        if let (Some(ranges), Some(port)) = (from_anywhere, open) {
            look.found(file, ranges.line, format!("Port {port} is open to every address."));
        }
    }
    for (file, group) in project.terraform("resource", "aws_security_group") {
        for ingress in group.body.blocks("ingress") {
            look.saw_one();
            let anywhere = ingress.attribute("cidr_blocks").filter(|blocks| blocks.strings().contains(&"0.0.0.0/0"));
            let port = |name: &str| ingress.attribute(name).and_then(|port| port.number());
            let (Some(blocks), Some(from), Some(to)) = (anywhere, port("from_port"), port("to_port")) else { continue };
            let open =
                ADMINISTRATION.iter().find(|port| port.parse().is_ok_and(|port: i64| from <= port && port <= to));
            if let Some(port) = open {
                look.found(file, blocks.line, format!("Port {port} is open to every address."));
            }
        }
    }
}

fn database_in_clear(project: &Project, look: &mut Look) {
    for (file, database) in project.terraform("resource", "google_sql_database_instance") {
        look.saw_one();
        for block in database.body.every() {
            let clear =
                block.attribute("ssl_mode").filter(|mode| mode.string() == Some("ALLOW_UNENCRYPTED_AND_ENCRYPTED"));
            let clear = clear.or_else(|| block.attribute("require_ssl").filter(|require| require.text == "false"));
            if let Some(clear) = clear {
                look.found(
                    file,
                    clear.line,
                    format!("`{}` takes connections that are not encrypted.", database.name()),
                );
            }
            let network = block
                .attribute("value")
                .filter(|value| block.kind == "authorized_networks" && value.string() == Some("0.0.0.0/0"));
            if let Some(network) = network {
                look.found(file, network.line, format!("`{}` can be reached from every address.", database.name()));
            }
        }
    }
}
