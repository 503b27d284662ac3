package store

import (
	"context"
	"fmt"

	"callgate.example/callgate/internal/model"
)

// Secret returns the signing secret of a tenant.
func (s *Store) Secret(ctx context.Context, tenant string) ([]byte, error) {
	var secret []byte
	row := s.db.QueryRowContext(ctx, "SELECT signing_secret FROM tenants WHERE id = $1", tenant)
	if err := row.Scan(&secret); err != nil {
		return nil, fmt.Errorf("reading the secret of a tenant: %w", err)
	}
	return secret, nil
}

// Insert adds a call.
func (s *Store) Insert(ctx context.Context, call model.Call) error {
	_, err := s.db.ExecContext(ctx,
		"INSERT INTO calls (id, tenant_id, caller_number, started_at, duration_ms) VALUES ($1, $2, $3, $4, $5)",
		call.ID, call.TenantID, call.CallerNumber, call.StartedAt, call.Duration.Milliseconds())
	return err
}

// Find returns one call.
func (s *Store) Find(ctx context.Context, tenant, id string) (model.Call, error) {
	call := model.Call{TenantID: tenant}
	row := s.db.QueryRowContext(ctx, "SELECT id, caller_number, started_at FROM calls WHERE id = $1", id)
	err := row.Scan(&call.ID, &call.CallerNumber, &call.StartedAt)
	return call, err
}

// Newest returns the newest calls of a tenant, with their transcripts.
func (s *Store) Newest(ctx context.Context, tenant string) ([]model.Call, error) {
	rows, err := s.db.QueryContext(ctx,
		"SELECT id, caller_number, started_at FROM calls WHERE tenant_id = $1 ORDER BY started_at DESC LIMIT 100", tenant)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var calls []model.Call
	for rows.Next() {
		call := model.Call{TenantID: tenant}
		if err := rows.Scan(&call.ID, &call.CallerNumber, &call.StartedAt); err != nil {
			return nil, err
		}
		calls = append(calls, call)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i, call := range calls {
		row := s.db.QueryRowContext(ctx,
			"SELECT text FROM transcripts WHERE tenant_id = $1 AND call_id = $2", tenant, call.ID)
		if err := row.Scan(&calls[i].Transcript); err != nil {
			return nil, err
		}
	}
	return calls, nil
}

// SetTranscript keeps what was said in a call.
func (s *Store) SetTranscript(ctx context.Context, tenant, id, text string) error {
	_, err := s.db.ExecContext(ctx,
		"INSERT INTO transcripts (tenant_id, call_id, text) VALUES ($1, $2, $3)", tenant, id, text)
	return err
}
