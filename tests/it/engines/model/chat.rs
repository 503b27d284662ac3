//! OpenAI's Chat Completions.

use serde_json::{Value, json};

use super::{Asked, Says, Tool, fresh, text_of};

pub fn asked(body: &Value) -> Asked {
    let tools = body["tools"].as_array().into_iter().flatten();
    let tools =
        tools.filter_map(|tool| Some(Tool { name: tool["function"]["name"].as_str()?.to_owned(), namespace: None }));
    let mut asked = Asked { step: 0, user: String::new(), tools: tools.collect() };
    for message in body["messages"].as_array().into_iter().flatten() {
        match message["role"].as_str() {
            Some("user") => {
                asked.user = text_of(&message["content"]);
                asked.step = 0;
            }
            Some("tool") => asked.step += 1,
            _ => {}
        }
    }
    asked
}

pub fn events(says: &Says, asked: &Asked) -> Vec<Value> {
    let n = fresh();
    let (delta, stop) = match (asked.call(says), says) {
        (Some((tool, arguments)), _) => {
            let function = json!({"name": tool.name, "arguments": arguments.to_string()});
            let call = json!({"index": 0, "id": format!("call_{n}"), "type": "function", "function": function});
            (json!({"role": "assistant", "tool_calls": [call]}), "tool_calls")
        }
        (None, Says::Text(text)) => (json!({"role": "assistant", "content": text}), "stop"),
        (None, _) => unreachable!("errors are answered before"),
    };
    let chunk = |choices: Value, usage: Value| json!({"id": format!("chat_{n}"), "object": "chat.completion.chunk", "created": 0, "model": "model", "choices": choices, "usage": usage});
    vec![
        chunk(json!([{"index": 0, "delta": delta, "finish_reason": null}]), Value::Null),
        chunk(json!([{"index": 0, "delta": {}, "finish_reason": stop}]), Value::Null),
        chunk(json!([]), json!({"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020})),
    ]
}
