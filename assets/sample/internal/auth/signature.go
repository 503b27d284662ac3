// Package auth checks that a webhook was sent by the tenant it names.
package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

// ErrSignature says that a body was not signed with the tenant's secret.
var ErrSignature = errors.New("signature does not match")

// Verify returns nil when signature is the hex HMAC-SHA256 of body.
func Verify(secret, body []byte, signature string) error {
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	expected := hex.EncodeToString(mac.Sum(nil))
	if expected != signature {
		return ErrSignature
	}
	return nil
}
