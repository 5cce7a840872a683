// Package stand starts, kills and restarts servers for tests. clients/stand/README.md describes it.
package stand

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
)

// Server is a server process of its own, on a database of its own.
type Server struct {
	ID              string
	Address         string
	RegistrationKey string
	t               *testing.T
}

// Start starts a server that ends with the test. It fails the test when there is no stand.
func Start(t *testing.T) *Server {
	t.Helper()
	server := &Server{t: t}
	server.ask(http.MethodPost, "/servers", struct{}{}, server)
	t.Cleanup(func() { server.ask(http.MethodDelete, "/servers/"+server.ID, nil, nil) })
	return server
}

// Act does one of the stand's acts: kill, restart, pause or resume. It is done when Act returns.
func (s *Server) Act(name string) {
	s.t.Helper()
	s.ask(http.MethodPost, "/servers/"+s.ID+"/"+name, nil, nil)
}

// Verified tells whether the ledger verifies.
func (s *Server) Verified() bool {
	s.t.Helper()
	var verdict struct{ Verified bool }
	s.ask(http.MethodPost, "/servers/"+s.ID+"/verify", nil, &verdict)
	return verdict.Verified
}

func (s *Server) ask(method, path string, body, answer any) {
	s.t.Helper()
	if err := ask(method, path, body, answer); err != nil {
		s.t.Fatal(err)
	}
}

func ask(method, path string, body, answer any) error {
	url := os.Getenv("EWALLET_STAND_URL")
	if url == "" {
		return fmt.Errorf("there is no stand: npm run --silent stand -- go test -C clients/go ./...")
	}
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, url+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	request.Header.Set("content-type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
