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
  return step.to >= step.from;
}

void Jobs::SetFile(uint32_t number, const JobFile& file) {
  MutexLock lock(&mutex_);
  Job& job = jobs_[number];
  if (JobFile* known = FindFile(job, file.file, file.ordinal)) {
    *known = file;
  } else {
    job.files.push_back(file);
  }
}

std::vector<JobFile> Jobs::Files(std::string_view name) const {
  MutexLock lock(&mutex_);
  const uint32_t number = Find(name);
  return number == 0 ? std::vector<JobFile>() : jobs_[number].files;
}

}  // namespace pagepulse
