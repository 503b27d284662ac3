//! Gemini's `streamGenerateContent`.

use serde_json::{Value, json};

use super::{Asked, Says, Tool, fresh, text_of};

pub fn asked(body: &Value) -> Asked {
    let groups = body["tools"].as_array().into_iter().flatten();
    let tools = groups.filter_map(|group| group["functionDeclarations"].as_array()).flatten();
    let tools = tools.filter_map(|tool| Some(Tool { name: tool["name"].as_str()?.to_owned(), namespace: None }));
    let mut asked = Asked { step: 0, user: String::new(), tools: tools.collect() };
    for content in body["contents"].as_array().into_iter().flatten().filter(|content| content["role"] != "model") {
        let answers =
            content["parts"].as_array().into_iter().flatten().any(|part| part.get("functionResponse").is_some());
        if answers {
            asked.step += 1;
        } else {
            asked.user = text_of(&content["parts"]);
            asked.step = 0;
        }
    }
    asked
}

pub fn events(says: &Says, asked: &Asked) -> Vec<Value> {
    let n = fresh();
    let part = match (asked.call(says), says) {
        (Some((tool, arguments)), _) => {
            json!({"functionCall": {"name": tool.name, "args": arguments, "id": format!("call_{n}")}})
        }
        (None, Says::Text(text)) => json!({"text": text}),
        (None, _) => unreachable!("errors are answered before"),
    };
    let usage = json!({"promptTokenCount": 1000, "candidatesTokenCount": 20, "totalTokenCount": 1020});
    let content = json!({"role": "model", "parts": [part]});
    let candidate = json!({"content": content, "index": 0, "finishReason": "STOP"});
    vec![
        json!({"candidates": [candidate], "modelVersion": "model", "responseId": n.to_string(), "usageMetadata": usage}),
    ]
}
