// Runs upstream's conformance suite, unchanged: its flags are this test's.
package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/gateway-api/conformance"
	"sigs.k8s.io/gateway-api/conformance/tests"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// An end is told as one line on standard output, and holds the test until standard input has a line.
type end struct {
	Test      string    `json:"test"`
	Started   time.Time `json:"started"`
	Failed    bool      `json:"failed"`
	Manifests []string  `json:"manifests"`
}

// A watch lets whoever started the suite look at the cluster at the end of each test, before its objects are deleted.
type watch struct {
	mutex   sync.Mutex
	answers *bufio.Reader
	began   bool
}

func (w *watch) tell(what end) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	line, err := json.Marshal(what)
	if err != nil {
		panic(err)
	}
	fmt.Printf("\nconformance-end %s\n", line)
	// Without anybody to wait for there is an end of file.
	_, _ = w.answers.ReadString('\n')
}

func (w *watch) over(all []suite.ConformanceTest) {
	for index := range all {
		test := all[index]
		all[index].Test = func(t *testing.T, s *suite.ConformanceTestSuite) {
			w.mutex.Lock()
			w.began = true
			w.mutex.Unlock()
			started := time.Now()
			// Deferred, it runs before what t.Cleanup was given, also after t.FailNow.
			defer func() { w.tell(end{test.ShortName, started, t.Failed(), test.Manifests}) }()
			test.Test(t, s)
		}
	}
}

func TestConformance(t *testing.T) {
	if os.Getenv("CONFORMANCE_WATCH") != "" {
		w := &watch{answers: bufio.NewReader(os.Stdin)}
		w.over(tests.ConformanceTests)
		started := time.Now()
		defer func() {
			if t.Failed() && !w.began {
				w.tell(end{"", started, true, []string{"base/manifests.yaml"}})
			}
		}()
	}
	conformance.RunConformance(t)
}
