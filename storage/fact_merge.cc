#include "storage/fact_merge.h"

#include <algorithm>
#include <optional>

#include "base/status_macros.h"

namespace pagepulse {
namespace {

// Of a heap whose top is the least identity, and of equal ones the newest.
struct Source {
  Hash128 identity;
  size_t age;  // newer ones are less
  FactRunReader* reader;

  bool operator<(const Source& other) const {
    return identity != other.identity ? identity > other.identity : age > other.age;
  }
};

// Puts the top where it belongs, now that it may be greater.
void Sink(std::vector<Source>* heap) {
  const size_t n = heap->size();
  const Source top = heap->front();
  size_t hole = 0;
  for (size_t child = 1; child < n; child = 2 * hole + 1) {
    if (child + 1 < n && (*heap)[child] < (*heap)[child + 1]) ++child;
    if (!(top < (*heap)[child])) break;
    (*heap)[hole] = (*heap)[child];
    hole = child;
  }
  (*heap)[hole] = top;
}

}  // namespace

absl::Status MergeFactRuns(std::vector<std::unique_ptr<FactRunReader>> runs,
                           absl::FunctionRef<absl::Status(Hash128, std::string_view)> visit) {
  std::vector<Source> heap;
  for (size_t i = 0; i < runs.size(); ++i) {
    RETURN_IF_ERROR(runs[i]->Next());
    if (!runs[i]->done()) heap.push_back({runs[i]->identity(), runs.size() - i, runs[i].get()});
  }
  std::make_heap(heap.begin(), heap.end());
  std::optional<Hash128> last;
  while (!heap.empty()) {
    Source& top = heap.front();
    if (last != top.identity) {
      RETURN_IF_ERROR(visit(top.identity, top.reader->history()));
      last = top.identity;
    }
    RETURN_IF_ERROR(top.reader->Next());
    if (top.reader->done()) {
      top = heap.back();
      heap.pop_back();
      if (heap.empty()) break;
    } else {
      top.identity = top.reader->identity();
    }
    Sink(&heap);
  }
  return absl::OkStatus();
}

}  // namespace pagepulse
