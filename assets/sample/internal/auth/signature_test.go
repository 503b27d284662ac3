package auth

import (
	"errors"
	"testing"
)

func TestVerifyRefusesTheSignatureOfAnotherBody(t *testing.T) {
	const signature = "a2f43a57cd0ae4cb21d6b50ff2dcd7f05c96eb7b7ec22c2a6ff42c4bd6cdb44e"
	err := Verify([]byte("secret"), []byte("another body"), signature)
	if !errors.Is(err, ErrSignature) {
		t.Fatalf("err = %v, want %v", err, ErrSignature)
	}
}

func TestVerifyRefusesAnEmptySignature(t *testing.T) {
	if err := Verify([]byte("secret"), []byte("body"), ""); !errors.Is(err, ErrSignature) {
		t.Fatalf("err = %v, want %v", err, ErrSignature)
	}
}
