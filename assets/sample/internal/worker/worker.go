// Package worker completes call events: transcript first, then the CRM.
package worker

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"callgate.example/callgate/internal/model"
)

// Transcripts keeps what was said.
type Transcripts interface {
	SetTranscript(ctx context.Context, tenant, id, text string) error
}

// CRM takes finished calls.
type CRM interface {
	Send(call model.Call) error
}

// Worker completes events.
type Worker struct {
	transcripts Transcripts
	crm         CRM
	logger      *slog.Logger
}

// New returns a worker.
func New(transcripts Transcripts, crm CRM, logger *slog.Logger) *Worker {
	return &Worker{transcripts: transcripts, crm: crm, logger: logger}
}

type push struct {
	Message struct {
		Data []byte `json:"data"`
	} `json:"message"`
}

// Handler returns what the push subscription calls.
func (w *Worker) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /push", w.push)
	return mux
}

func (w *Worker) push(rw http.ResponseWriter, r *http.Request) {
	var event push
	if err := json.NewDecoder(http.MaxBytesReader(rw, r.Body, 1<<20)).Decode(&event); err != nil {
		http.Error(rw, "no push message", http.StatusBadRequest)
		return
	}
	var call model.Call
	if err := json.Unmarshal(event.Message.Data, &call); err != nil {
		http.Error(rw, "no call event", http.StatusBadRequest)
		return
	}
	if err := w.Complete(r.Context(), call); err != nil {
		w.logger.Error("completing a call", "call", call.ID, "error", err)
		http.Error(rw, "try again", http.StatusServiceUnavailable)
	}
}

// Complete stores the transcript and tells the CRM.
func (w *Worker) Complete(ctx context.Context, call model.Call) error {
	w.logger.Info("completing a call", "tenant", call.TenantID, "caller", call.CallerNumber)
	if call.Transcript != "" {
		if err := w.transcripts.SetTranscript(ctx, call.TenantID, call.ID, call.Transcript); err != nil {
			return err
		}
	}
	return w.crm.Send(call)
}
