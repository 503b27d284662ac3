package config

import "testing"

func TestMissingDatabaseIsAnError(t *testing.T) {
	t.Setenv("DATABASE_URL", "")
	if _, err := FromEnvironment(); err == nil {
		t.Fatal("want an error, got none")
	}
}

func TestPortHasAFallback(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://localhost/callgate")
	t.Setenv("PORT", "")
	settings, err := FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	if settings.Port != "8080" {
		t.Errorf("port = %q, want 8080", settings.Port)
	}
}
