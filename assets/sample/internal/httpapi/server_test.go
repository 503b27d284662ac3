package httpapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"callgate.example/callgate/internal/model"
)

type noCalls struct{}

func (noCalls) Secret(context.Context, string) ([]byte, error) { return nil, errors.New("unknown") }
func (noCalls) Insert(context.Context, model.Call) error       { return nil }
func (noCalls) Find(context.Context, string, string) (model.Call, error) {
	return model.Call{}, errors.New("none")
}
func (noCalls) Newest(context.Context, string) ([]model.Call, error) { return nil, nil }
func (noCalls) Publish(context.Context, model.Call) error            { return nil }

func TestUnknownTenantIsTurnedAway(t *testing.T) {
	handler := New(noCalls{}, noCalls{}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	request := httptest.NewRequest(http.MethodPost, "/v1/calls", strings.NewReader("{}"))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusUnauthorized {
		t.Fatalf("status = %d, want %d", answer.Code, http.StatusUnauthorized)
	}
}
