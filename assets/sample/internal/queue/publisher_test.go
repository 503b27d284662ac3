package queue

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"callgate.example/callgate/internal/model"
)

func TestPublishNamesTheTopic(t *testing.T) {
	var path string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
	}))
	defer server.Close()
	if err := NewPublisher(server.URL, "events").Publish(context.Background(), model.Call{ID: "c-1"}); err != nil {
		t.Fatal(err)
	}
	if path != "/v1/topics/events:publish" {
		t.Errorf("path = %q", path)
	}
}
