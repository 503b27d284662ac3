package httpapi

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"callgate.example/callgate/internal/auth"
	"callgate.example/callgate/internal/model"
)

const largestBody = 1 << 20

type tenantHandler func(w http.ResponseWriter, r *http.Request, tenant string)

// signed lets only requests through that the tenant has signed.
func (s *server) signed(next tenantHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tenant := r.Header.Get("X-Callgate-Tenant")
		secret, err := s.calls.Secret(r.Context(), tenant)
		if err != nil {
			http.Error(w, "unknown tenant", http.StatusUnauthorized)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
		if err != nil {
			http.Error(w, "body is too large", http.StatusRequestEntityTooLarge)
			return
		}
		if err := auth.Verify(secret, body, r.Header.Get("X-Callgate-Signature")); err != nil {
			http.Error(w, "bad signature", http.StatusUnauthorized)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next(w, r, tenant)
	})
}

func (s *server) create(w http.ResponseWriter, r *http.Request, tenant string) {
	var call model.Call
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		http.Error(w, "no call event", http.StatusBadRequest)
		return
	}
	call.TenantID = tenant
	if err := s.calls.Insert(r.Context(), call); err != nil {
		s.fail(w, "storing a call", err)
		return
	}
	if err := s.publisher.Publish(r.Context(), call); err != nil {
		s.fail(w, "publishing a call", err)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (s *server) find(w http.ResponseWriter, r *http.Request, tenant string) {
	call, err := s.calls.Find(r.Context(), tenant, r.PathValue("id"))
	if err != nil {
		http.Error(w, "no such call", http.StatusNotFound)
		return
	}
	s.answer(w, call)
}

func (s *server) newest(w http.ResponseWriter, r *http.Request, tenant string) {
	calls, err := s.calls.Newest(r.Context(), tenant)
	if err != nil {
		s.fail(w, "listing calls", err)
		return
	}
	s.answer(w, calls)
}

func (s *server) answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		s.logger.Error("writing an answer", "error", err)
	}
}

func (s *server) fail(w http.ResponseWriter, what string, err error) {
	s.logger.Error(what, "error", err)
	http.Error(w, "internal error", http.StatusInternalServerError)
}
