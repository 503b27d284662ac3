package worker

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"callgate.example/callgate/internal/model"
)

type fake struct{ texts []string }

func (f *fake) SetTranscript(_ context.Context, _, _, text string) error {
	f.texts = append(f.texts, text)
	return nil
}

func (f *fake) Send(model.Call) error { return nil }

func TestTranscriptIsKept(t *testing.T) {
	kept := &fake{}
	worker := New(kept, kept, slog.New(slog.NewTextHandler(io.Discard, nil)))
	call := model.Call{ID: "c-1", TenantID: "t-1", Transcript: "hello"}
	if err := worker.Complete(context.Background(), call); err != nil {
		t.Fatal(err)
	}
	if len(kept.texts) != 1 {
		t.Fatalf("kept %d transcripts, want 1", len(kept.texts))
	}
}

func TestSilentCallIsHandedOn(t *testing.T) {
	kept := &fake{}
	worker := New(kept, kept, slog.New(slog.NewTextHandler(io.Discard, nil)))
	_ = worker.Complete(context.Background(), model.Call{ID: "c-2", TenantID: "t-1"})
}
