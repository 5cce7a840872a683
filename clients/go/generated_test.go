package client

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestGeneratedCodeIsFresh(t *testing.T) {
	fresh := t.TempDir()
	command := exec.Command("../../node_modules/.bin/buf", "generate", "--output", fresh)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	want, got := readFiles(t, filepath.Join(fresh, "generated")), readFiles(t, "generated")
	for path, text := range want {
		if !bytes.Equal(got[path], text) {
			t.Errorf("generated/%s is not fresh: go generate", path)
		}
	}
	for path := range got {
		if _, made := want[path]; !made {
			t.Errorf("nothing generates generated/%s", path)
		}
	}
}

func readFiles(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	root := os.DirFS(folder)
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[path], err = fs.ReadFile(root, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("there is nothing in %s", folder)
	}
	return files
}
