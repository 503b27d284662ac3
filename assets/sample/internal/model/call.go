// Package model holds what both services speak of.
package model

import "time"

// Call is one call of a tenant's customer.
type Call struct {
	ID           string        `json:"id"`
	TenantID     string        `json:"tenant_id"`
	CallerNumber string        `json:"caller_number"`
	StartedAt    time.Time     `json:"started_at"`
	Duration     time.Duration `json:"duration"`
	RecordingURL string        `json:"recording_url,omitempty"`
	Transcript   string        `json:"transcript,omitempty"`
}

// Usage is what a tenant used in a month.
type Usage struct {
	TenantID string `json:"tenant_id"`
	Calls    int    `json:"calls"`
	Minutes  int    `json:"minutes"`
}
