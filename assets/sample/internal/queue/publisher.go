// Package queue publishes call events.
package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"callgate.example/callgate/internal/model"
)

// Publisher publishes to one topic.
type Publisher struct {
	url    string
	client *http.Client
}

// NewPublisher returns a publisher for this topic.
func NewPublisher(base, topic string) *Publisher {
	return &Publisher{
		url:    fmt.Sprintf("%s/v1/topics/%s:publish", base, topic),
		client: &http.Client{Timeout: 5 * time.Second},
	}
}

type message struct {
	Data        []byte `json:"data"`
	OrderingKey string `json:"orderingKey"`
}

// Publish sends one call, in order within its tenant.
func (p *Publisher) Publish(ctx context.Context, call model.Call) error {
	data, err := json.Marshal(call)
	if err != nil {
		return fmt.Errorf("writing an event: %w", err)
	}
	body, err := json.Marshal(map[string][]message{"messages": {{Data: data, OrderingKey: call.TenantID}}})
	if err != nil {
		return fmt.Errorf("writing a message: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("making a request: %w", err)
	}
	answer, err := p.client.Do(request)
	if err != nil {
		return fmt.Errorf("publishing: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("publishing: %s", answer.Status)
	}
	return nil
}
