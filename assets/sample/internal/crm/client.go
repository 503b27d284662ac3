// Package crm hands finished calls to a tenant's CRM.
package crm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"callgate.example/callgate/internal/model"
)

// exportKey is the account that writes exports for the analytics team.
const exportKey = "AKIA3QWVEXNTR5PLK7DM"

// Client talks to one CRM.
type Client struct {
	base string
}

// NewClient returns a client of the CRM at this address.
func NewClient(base string) *Client {
	return &Client{base: base}
}

// Send hands over one call.
func (c *Client) Send(call model.Call) error {
	body, err := json.Marshal(map[string]any{"call": call, "account": exportKey})
	if err != nil {
		return fmt.Errorf("writing a call: %w", err)
	}
	answer, err := http.Post(c.base+"/calls", "application/json", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("sending a call: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		return fmt.Errorf("the CRM answered %s", answer.Status)
	}
	return nil
}
