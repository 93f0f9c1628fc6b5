#include "engine/jobs.h"

#include <algorithm>

#include "base/string_view.h"

namespace pagepulse {

uint32_t Jobs::Find(std::string_view name) const {
  const auto it = by_name_.find(ToAbsl(name));
  return it == by_name_.end() ? 0 : it->second;
}

void Jobs::AddJob(uint32_t number, std::string_view name) {
  MutexLock lock(&mutex_);
  if (number < jobs_.size()) return;
  jobs_.resize(number + 1);
  jobs_[number].name = name;
  by_name_.emplace(name, number);
}

JobFile* Jobs::FindFile(Job& job, Hash128 file, uint32_t ordinal) {
  const auto it = std::find_if(job.files.begin(), job.files.end(), [&](const JobFile& f) {
    return f.file == file && f.ordinal == ordinal;
  });
  return it == job.files.end() ? nullptr : &*it;
}

bool Jobs::HasOtherOptions(const JobStep& step) const {
  const uint32_t number = Find(step.job);
  if (number == 0) return false;
  const JobFile* known = FindFile(const_cast<Job&>(jobs_[number]), step.file, step.ordinal);
  return known != nullptr && known->WasReadOtherwise(step.options);
}

bool Jobs::Advance(const JobStep& step, JobFile* next) const {
  *next = JobFile();
  next->file = step.file;
  next->ordinal = step.ordinal;
  const uint32_t number = Find(step.job);
  const Job* job = number == 0 ? nullptr : &jobs_[number];
  const JobFile* known =
      job == nullptr ? nullptr : FindFile(const_cast<Job&>(*job), step.file, step.ordinal);
  if (known != nullptr) {
    if (known->position != step.from || known->digest != step.digest_from) return false;
    *next = *known;
  } else {
    // A new file takes the next ordinal, so that of two who begin it at once one is refused.
    const bool is_next = step.ordinal == 0 ||
                         (job != nullptr &&
                          FindFile(const_cast<Job&>(*job), step.file, step.ordinal - 1) != nullptr);
    if (!is_next || step.from != 0) return false;
  }
  next->file_name = step.file_name;
  next->position = step.to;
  next->digest = step.digest;
  next->lines = step.lines;
  next->options = step.options;
  return step.to >= step.from;
}

void Jobs::SetFile(uint32_t number, const JobFile& file) {
  MutexLock lock(&mutex_);
  Job& job = jobs_[number];
  last_counted_ms_ = std::max(last_counted_ms_, file.counted_ms);
  if (JobFile* known = FindFile(job, file.file, file.ordinal)) {
    *known = file;
  } else {
    job.files.push_back(file);
  }
}

void Jobs::ClearFiles(uint32_t number) {
  MutexLock lock(&mutex_);
  jobs_[number].files.clear();
}

void Jobs::SetUndo(uint32_t number, const UndoState& undo) {
  MutexLock lock(&mutex_);
  jobs_[number].undo = undo;
}

std::vector<JobSummary> Jobs::All() const {
  MutexLock lock(&mutex_);
  std::vector<JobSummary> all;
  for (uint32_t number = 1; number < jobs_.size(); ++number) {
    const Job& job = jobs_[number];
    JobSummary& summary = all.emplace_back();
    summary.name = job.name;
    summary.files = job.files.size();
    for (const JobFile& file : job.files) {
      summary.accepted += file.accepted;
      summary.duplicate += file.duplicate;
      summary.rejected += file.rejected;
      summary.counted_ms = std::max(summary.counted_ms, file.counted_ms);
    }
    summary.being_undone = job.undo.running;
    if (job.undo.until != 0) {
      summary.undo_ms = job.undo.changed_ms;
      summary.undone = job.undo.counts.events;
    }
  }
  return all;
}

uint32_t Jobs::NumberOf(std::string_view name) const {
  MutexLock lock(&mutex_);
  return Find(name);
}

std::string Jobs::NameOf(uint32_t number) const {
  MutexLock lock(&mutex_);
  return jobs_[number].name;
}

std::vector<UndoState> Jobs::Undos() const {
  MutexLock lock(&mutex_);
  std::vector<UndoState> undos;
  for (const Job& job : jobs_) undos.push_back(job.undo);
  return undos;
}

std::vector<JobFile> Jobs::Files(std::string_view name) const {
  MutexLock lock(&mutex_);
  const uint32_t number = Find(name);
  return number == 0 ? std::vector<JobFile>() : jobs_[number].files;
}

}  // namespace pagepulse
