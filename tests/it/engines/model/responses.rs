//! OpenAI's Responses.

use serde_json::{Value, json};

use super::{Asked, Says, Tool, fresh, text_of};

pub fn asked(body: &Value) -> Asked {
    let mut tools = Vec::new();
    for tool in body["tools"].as_array().into_iter().flatten() {
        let inner = tool["tools"].as_array().map_or(std::slice::from_ref(tool), Vec::as_slice);
        let namespace = (tool["type"] == "namespace").then(|| tool["name"].as_str().map(str::to_owned)).flatten();
        tools.extend(
            inner
                .iter()
                .filter_map(|tool| tool["name"].as_str())
                .map(|name| Tool { name: name.to_owned(), namespace: namespace.clone() }),
        );
    }
    let mut asked = Asked { step: 0, user: String::new(), tools };
    for item in body["input"].as_array().into_iter().flatten() {
        if item["role"] == "user" && !is_of_program(&text_of(&item["content"])) {
            asked.user = text_of(&item["content"]);
            asked.step = 0;
        }
        if item["type"].as_str().is_some_and(|kind| kind.ends_with("_call_output")) {
            asked.step += 1;
        }
    }
    asked
}

pub fn events(says: &Says, asked: &Asked) -> Vec<Value> {
    let n = fresh();
    let item = match (asked.call(says), says) {
        (Some((tool, arguments)), _) => {
            let mut item = json!({"type": "function_call", "id": format!("fc_{n}"), "call_id": format!("call_{n}"), "name": tool.name, "arguments": arguments.to_string(), "status": "completed"});
            if let Some(namespace) = tool.namespace {
                item["namespace"] = json!(namespace);
            }
            item
        }
        (None, Says::Text(text)) => {
            let content = json!([{"type": "output_text", "text": text, "annotations": []}]);
            json!({"type": "message", "id": format!("msg_{n}"), "role": "assistant", "status": "completed", "content": content})
        }
        (None, _) => unreachable!("errors are answered before"),
    };
    let usage = json!({"input_tokens": 1000, "input_tokens_details": {"cached_tokens": 500}, "output_tokens": 20, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 1020});
    let response = |status: &str, output: Value| json!({"id": format!("resp_{n}"), "object": "response", "created_at": 0, "model": "model", "status": status, "output": output, "usage": usage});
    vec![
        json!({"type": "response.created", "sequence_number": 1, "response": response("in_progress", json!([]))}),
        json!({"type": "response.output_item.added", "sequence_number": 2, "output_index": 0, "item": item}),
        json!({"type": "response.output_item.done", "sequence_number": 3, "output_index": 0, "item": item}),
        json!({"type": "response.completed", "sequence_number": 4, "response": response("completed", json!([item]))}),
    ]
}

/// What the program itself says in the user's name: where it works, and the project's rules.
fn is_of_program(text: &str) -> bool {
    text.starts_with('<') || text.starts_with("# AGENTS.md")
}
