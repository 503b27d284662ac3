// Package httpapi serves the API of ingest.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"

	"callgate.example/callgate/internal/model"
)

// Calls is what the API needs of the store.
type Calls interface {
	Secret(ctx context.Context, tenant string) ([]byte, error)
	Insert(ctx context.Context, call model.Call) error
	Find(ctx context.Context, tenant, id string) (model.Call, error)
	Newest(ctx context.Context, tenant string) ([]model.Call, error)
}

// Publisher hands an event on.
type Publisher interface {
	Publish(ctx context.Context, call model.Call) error
}

type server struct {
	calls     Calls
	publisher Publisher
	logger    *slog.Logger
}

// New returns the handler of the whole API.
func New(calls Calls, publisher Publisher, logger *slog.Logger) http.Handler {
	s := &server{calls: calls, publisher: publisher, logger: logger}
	mux := http.NewServeMux()
	mux.Handle("POST /v1/calls", s.signed(s.create))
	mux.Handle("GET /v1/calls/{id}", s.signed(s.find))
	mux.Handle("GET /v1/calls", s.signed(s.newest))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}
