#pragma once

// An Env over the real file system that can lose power. It knows how far every file was synced and
// which directory entries were, and fails operations on demand. The disk itself is never synced, so
// a test that needs many syncs is fast with it. Thread-safe, except Crash.

#include <cstdint>
#include <memory>

#include "rocksdb/env.h"

namespace pagepulse {

class FaultFileSystem;

class FaultEnv {
 public:
  FaultEnv();
  ~FaultEnv();

  rocksdb::Env* env() { return env_.get(); }

  // The k-th operation that changes the disk from now on (k >= 1), and every later one, fails with
  // an IOError; the write that fails first has written half of its bytes. 0: none fails any more,
  // and all that was written is there: a process was killed, its machine was not.
  void FailFrom(uint64_t k);
  // Operations that changed the disk, or tried to, so far.
  uint64_t operations() const;

  // Loses power and gets it back. Nothing may be open. Seed 0 drops all that was not synced: ends
  // of files, and files created, linked or renamed in a directory that was not synced after it.
  // Another seed keeps the entries and a random part of each end. Operations work again.
  void Crash(uint64_t seed = 0);

 private:
  std::shared_ptr<FaultFileSystem> file_system_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace pagepulse
