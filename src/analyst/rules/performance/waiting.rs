//! Calls and connections that may last for ever.

use std::collections::BTreeSet;

use crate::analyst::Field;
use crate::analyst::project::go::{GoFile, Where};
use crate::analyst::project::routes::Route;
use crate::analyst::project::{File, Kind, Project, kubernetes};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "call-without-timeout",
        field: Field::Performance,
        severity: Severity::Medium,
        title: "No HTTP request waits for ever",
        rationale: "A peer that accepts and never answers keeps the caller, its memory and its instance busy without end.",
        wrong_if: "http.DefaultClient is given a timeout elsewhere",
        remedy: "Use a client with a `Timeout`, or a request with a deadline in its context.",
        looks_at: "HTTP requests without a context",
        topics: &["performance", "sla", "latency", "timeout", "bottleneck"],
        check: call_without_timeout,
    },
    Rule {
        id: "server-without-timeout",
        field: Field::Performance,
        severity: Severity::Medium,
        title: "No HTTP server waits for ever for a request",
        rationale: "A client that sends its request byte by byte holds a connection and its memory as long as it likes.",
        wrong_if: "a proxy before it has timeouts of its own",
        remedy: "Set `ReadHeaderTimeout`, better `ReadTimeout` and `WriteTimeout` too.",
        looks_at: "HTTP servers",
        topics: &["performance", "sla", "latency", "timeout"],
        check: server_without_timeout,
    },
    Rule {
        id: "body-not-closed",
        field: Field::Performance,
        severity: Severity::Medium,
        title: "The body of every answer is closed",
        rationale: "Each such call leaves a connection that is never used again; under load the program runs out of them.",
        wrong_if: "a helper closes it",
        remedy: "`defer response.Body.Close()` after the check of the error.",
        looks_at: "answers to HTTP requests",
        topics: &["performance", "latency", "bottleneck", "leak"],
        check: body_not_closed,
    },
    Rule {
        id: "unlimited-body",
        field: Field::Performance,
        severity: Severity::Medium,
        title: "No request can fill the memory",
        rationale: "One large request is read into memory whole; a few of them end the instance.",
        wrong_if: "a proxy before it limits the size",
        remedy: "Read through `http.MaxBytesReader`.",
        looks_at: "bodies that are read whole",
        topics: &["performance", "bottleneck", "limit"],
        check: unlimited_body,
    },
];

fn call_without_timeout(project: &Project, look: &mut Look) {
    let default_is_set =
        |file: &File| file.text.contains("http.DefaultClient.Timeout") || file.text.contains("http.DefaultClient =");
    if project.of_kind(Kind::Go).any(default_is_set) {
        return;
    }
    if is_command(project) {
        return;
    }
    // A program that serves nobody is ended by whoever waits for it.
    let answers = |file: &File| {
        ["http.ResponseWriter", "ListenAndServe", "grpc.NewServer", "lambda.Start", ".Receive(ctx"]
            .iter()
            .any(|word| file.text.contains(word))
    };
    let serves = project.go_code().any(|(file, _)| answers(file));
    let is_tool = |file: &File, go: &GoFile| {
        let mut parts = file.folder().split(['/', '-', '_']);
        let is_named = parts.any(|part| {
            matches!(
                part,
                "cli"
                    | "cmdline"
                    | "generator"
                    | "generate"
                    | "tools"
                    | "scripts"
                    | "seed"
                    | "bench"
                    | "bulk"
                    | "benchmark"
                    | "loadgen"
            ) || part.ends_with("ctl")
        });
        let is_program = go.package == "main" || file.folder().split('/').any(|part| part == "cmd");
        is_named || is_program && !project.in_folder(file.folder()).any(answers)
    };
    for (file, go) in project.go_code().filter(|(file, go)| go.imports("net/http") && serves && !is_tool(file, go)) {
        let mut told = BTreeSet::new();
        for function in ["Get", "Post", "PostForm", "Head"] {
            for call in go.calls_of(&file.text, "net/http", function) {
                look.saw_one();
                // A platform tells its machines about themselves at once, or not at all.
                let address = go.args(call).first().map_or("", |address| address.of(&file.text)).to_ascii_lowercase();
                // Nor is anybody else asked where it asks itself.
                let is_of_platform =
                    ["metadata", "169.254.", "127.0.0.1", "localhost"].iter().any(|own| address.contains(own));
                if is_of_platform || is_decided(file, call.at.line) || !told.insert(call.at.function) {
                    continue;
                }
                let statement =
                    format!("`{}` uses the default client, which has no timeout.", call.name.of(&file.text));
                look.found(file, call.at.line, statement);
            }
        }
    }
}

fn server_without_timeout(project: &Project, look: &mut Look) {
    const LIMITS: &[&str] = &["ReadTimeout", "ReadHeaderTimeout"];
    if is_behind_platform(project) || is_command(project) {
        return;
    }
    for (file, go) in project.go_code().filter(|(_, go)| go.imports("net/http")) {
        let text = &file.text;
        // One whose file serves nothing but metrics is read by the collector.
        let mut routes = project.routes().routes.iter().filter(|route| route.file == file.path).peekable();
        let is_read_only = routes.peek().is_some() && routes.all(Route::is_for_operators);
        let mut told = BTreeSet::new();
        for function in ["ListenAndServe", "ListenAndServeTLS"] {
            for call in go.calls_of(text, "net/http", function) {
                look.saw_one();
                // On the machine itself there is nobody to wait for.
                let is_local = go.args(call).first().is_some_and(|address| {
                    let address = address.of(text);
                    ["localhost", "127.0.0.1", "\":0\""].iter().any(|own| address.contains(own))
                });
                // So says a program that tells where to look at it.
                let is_local = is_local
                    || (call.at.line.saturating_sub(5)..call.at.line)
                        .any(|line| file.line(line).contains("//localhost"));
                let is_inside = is_decided(file, call.at.line)
                    || is_for_operators(&file.path)
                    || is_for_operators(&text[call.whole.start as usize..call.whole.end as usize])
                    || (call.at.line.saturating_sub(2)..call.at.line).any(|line| is_for_operators(file.line(line)));
                let is_local = is_local || is_on_machine(file, go, call.at);
                // One function that serves in clear or in TLS has one server.
                if !is_local && !is_inside && !is_read_only && told.insert(call.at.function) {
                    look.found(file, call.at.line, format!("`{}` has no timeout at all.", call.name.of(text)));
                }
            }
        }
        for literal in go.literals.iter().filter(|literal| literal.kind.of(text) == "http.Server") {
            look.saw_one();
            let is_set = literal.keys.iter().any(|(key, _)| LIMITS.contains(&key.of(text)));
            let is_set_later = LIMITS.iter().any(|limit| text.contains(&format!(".{limit} =")));
            // Whatever takes the server whole may set its limits.
            let is_handed_on = go.calls.iter().any(|call| {
                !call.name.of(text).is_empty() && go.args(call).iter().any(|argument| argument.holds(literal.whole))
            });
            // A type of another module that takes a server in has limits of its own.
            let is_taken_in = go.literals.iter().any(|outer| {
                outer.whole != literal.whole
                    && outer.whole.holds(literal.whole)
                    && outer.kind.of(text).contains('.')
                    && !outer.kind.of(text).starts_with("http.")
            });
            let is_handed_on = is_handed_on || is_taken_in;
            let around = go.function(literal.at).map_or("", |function| function.name.as_str());
            let is_local = ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| literal.whole.of(text).contains(host));
            let is_said = (literal.at.line.saturating_sub(2)..literal.at.line)
                .map(|line| file.line(line).trim_start())
                .any(|line| line.starts_with("//") && is_for_operators(line));
            let is_inside = is_local
                || is_said
                || is_on_machine(file, go, literal.at)
                || is_decided(file, literal.at.line)
                || literal.whole.of(text).lines().any(says_timeout)
                || [literal.whole.of(text), around, file.path.as_str()].into_iter().any(is_for_operators);
            if !is_set && !is_set_later && !is_handed_on && !is_inside && !is_read_only && !literal.keys.is_empty() {
                look.found(file, literal.at.line, "This server has neither `ReadTimeout` nor `ReadHeaderTimeout`.");
            }
        }
    }
}

/// Returns whether the address at which a function listens is on the machine itself; the default of a flag may say so.
fn is_on_machine(file: &File, go: &GoFile, at: Where) -> bool {
    const OWN: &[&str] = &["127.0.0.1", "localhost", "Localhost()", "[::1]", "IPv4(127", "IPv6loopback"];
    // Addresses that a program asks, rather than answers at.
    const ASKED: &[&str] =
        &["redis", "sql", "mongo", "kafka", "postgres", "db", "dial", "client", "origin", "upstream"];
    let body = go.function(at).map_or("", |function| function.body.of(&file.text));
    let is_own = |line: &str| {
        let lower = line.to_ascii_lowercase();
        OWN.iter().any(|own| line.contains(own))
            && ["listen", "bind", "addr"].iter().any(|word| lower.contains(word))
            && !ASKED.iter().any(|word| lower.contains(word))
    };
    // A socket of the file system is guarded by its rights; where a file has nothing else, its server is on it.
    let is_socket = file.text.contains("net.Listen(\"unix\"")
        && !["net.Listen(\"tcp", "ListenAndServe"].iter().any(|other| file.text.contains(other));
    is_socket || body.lines().any(is_own) || file.text.lines().any(|line| line.contains("flag") && is_own(line))
}

/// Returns whether the project only runs on a platform that takes requests whole, up to a size, before it hands them on.
fn is_behind_platform(project: &Project) -> bool {
    let is_terraform = |kind: &str| project.terraform("resource", kind).next().is_some();
    let is_deployed = |file: &File| {
        let is_of_engine = file.kind == Kind::Yaml
            && file.text.lines().any(|line| line.starts_with("runtime: go") || line.starts_with("env: flex"));
        is_of_engine || !matches!(file.kind, Kind::Markdown | Kind::Go) && file.text.contains("gcloud run deploy")
    };
    // An extension stands in the same box as the function it serves, and nobody else comes in.
    if project.of_kind(Kind::Go).any(|file| file.text.contains("AWS_LAMBDA_RUNTIME_API")) {
        return true;
    }
    let is_on_platform = is_terraform("google_cloud_run_service")
        || is_terraform("google_cloud_run_v2_service")
        || project.files().iter().any(is_deployed);
    let runs_elsewhere =
        !kubernetes::workloads(project).is_empty() || project.files().iter().any(|file| file.name() == "Chart.yaml");
    is_on_platform && !runs_elsewhere
}

/// Returns whether the project is a command by its name: it runs on the machine of whoever typed it, for as long as they wait.
fn is_command(project: &Project) -> bool {
    let module = project.file("go.mod").and_then(File::gomod).map_or("", |gomod| gomod.module.as_str());
    let is_version = |part: &str| part.strip_prefix('v').is_some_and(|rest| rest.parse::<u32>().is_ok());
    module.rsplit('/').find(|part| !is_version(part)).is_some_and(|name| name.ends_with("-cli") || name == "cli")
}

/// Returns whether a mark for a linter or a remark on timeouts stands there: whoever wrote it has decided it.
fn is_decided(file: &File, line: u32) -> bool {
    let marks = ["nolint", "#nosec"].iter().any(|mark| {
        (line.saturating_sub(2)..line)
            .any(|above| file.line(above).trim_start().starts_with("/*") && file.line(above).contains(mark))
            || file.line(line).contains(mark)
            || file.line(line.saturating_sub(1)).trim_start().starts_with("//") && file.line(line - 1).contains(mark)
    });
    // A tool for the developers is reached by them; what a command opens for its own answer ends with it.
    let is_tool = file
        .folder()
        .split('/')
        .any(|part| matches!(part, "tools" | "tool" | "scripts" | "hack") || part.starts_with("kubectl-"));
    asks_itself(file)
        || is_tool
        || marks
        || (line.saturating_sub(3)..=line + 3).any(|line| says_timeout(file.line(line)))
}

/// Returns whether a file is there to ask whether its own program is well.
fn asks_itself(file: &File) -> bool {
    ["healthcheck", "health_check"].iter().any(|word| file.name().contains(word))
}

fn says_timeout(line: &str) -> bool {
    line.trim_start().starts_with("//") && line.to_ascii_lowercase().contains("timeout")
}

/// Returns whether code speaks of a server that only operators and their probes reach.
fn is_for_operators(code: &str) -> bool {
    let lower = code.to_ascii_lowercase();
    [
        "pprof",
        "probe",
        "health",
        "liveness",
        "readiness",
        "metric",
        "telemetry",
        "exporter",
        "debug",
        "hello",
        "devmode",
        "dev mode",
        "devlisten",
        "callback",
        "profil",
        "promhttp",
        "prometheus",
        "mock",
        "fake",
        "stub",
        "unix",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

fn body_not_closed(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code().filter(|(_, go)| go.imports("net/http")) {
        let text = &file.text;
        for function in ["Get", "Post", "PostForm"] {
            for call in go.calls_of(text, "net/http", function) {
                look.saw_one();
                if asks_itself(file) {
                    continue;
                }
                // A program that asks once ends, and all it holds with it.
                if go.package == "main"
                    && go.function(call.at).is_some_and(|it| it.name == "main")
                    && call.at.loops == 0
                {
                    continue;
                }
                let assign = go.assigns.iter().find(|assign| assign.right == call.whole);
                let Some(answer) = assign.and_then(|assign| assign.left.of(text).split(',').next()).map(str::trim)
                else {
                    continue;
                };
                let Some(body) = go.function(call.at).map(|function| function.body) else { continue };
                let after = crate::analyst::project::Span { start: call.whole.end, end: body.end }.of(text);
                let asks_only = go.package == "main"
                    && !["ListenAndServe", "http.ResponseWriter"].iter().any(|word| file.text.contains(word));
                // Whatever takes the answer as a whole may close it.
                let is_plain = |rest: &str| {
                    rest.starts_with(".StatusCode") || rest.starts_with(".Status") || rest.starts_with(".Header")
                };
                let leaves = after.match_indices(answer).any(|(at, _)| {
                    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
                    let before = after[..at].chars().next_back();
                    let rest = &after[at + answer.len()..];
                    let is_longer = rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
                    !before.is_some_and(is_word) && !is_longer && !is_plain(rest)
                });
                if !leaves && answer != "_" {
                    look.found(file, call.at.line, format!("The body of `{answer}` is never closed."));
                } else if answer == "_" && (!asks_only || call.at.loops > 0) {
                    look.found(file, call.at.line, "The answer is dropped, and its body never closed.");
                }
            }
        }
    }
}

fn unlimited_body(project: &Project, look: &mut Look) {
    let limits = |file: &File| {
        file.kind == Kind::Go
            && ["MaxBytesReader", "MaxBytesHandler", "BodyLimit", "LimitReader"]
                .iter()
                .any(|word| file.text.contains(word))
    };
    if project.files().iter().any(limits) || is_behind_platform(project) {
        return;
    }
    for (file, go) in project.go_code().filter(|(_, go)| go.imports("net/http")) {
        let text = &file.text;
        for call in &go.calls {
            let reads_all = matches!(call.name.of(text), "io.ReadAll" | "ioutil.ReadAll");
            let Some(function) = go.function(call.at).filter(|_| reads_all) else { continue };
            let Some(source) = go.args(call).first().and_then(|arg| arg.of(text).strip_suffix(".Body")) else {
                continue;
            };
            let takes = |kind: &str| function.params.iter().any(|param| param.kind == kind);
            let is_request = takes("http.ResponseWriter")
                && function.params.iter().any(|param| param.name == source && param.kind == "*http.Request");
            // What only the cluster's own server calls sends what that one took.
            let is_admission = go.imports.iter().any(|import| import.path.starts_with("k8s.io/api/admission"));
            // Whoever looks at the announced length first turns the large ones away.
            let looks_first = function.body.of(text).contains("ContentLength");
            if is_request && !is_admission && !looks_first {
                look.saw_one();
                look.found(
                    file,
                    call.at.line,
                    "The whole body is read, whatever its size, and nothing in the project limits it.",
                );
            }
        }
    }
}
