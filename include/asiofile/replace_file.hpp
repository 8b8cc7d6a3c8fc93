#pragma once

/// \file
/// New content for a file, all or nothing.

#include <asiofile/buffer_sequence.hpp>
#include <asiofile/detail/job_initiation.hpp>
#include <asiofile/detail/whole_file_jobs.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <string>

namespace asiofile {

/// Gives a file new content, all or nothing, and durably: whoever opens it, at any moment and after
/// a crash or a power cut, finds the old content or the new one, whole. For configuration and
/// state.
///
/// The content goes to a new file in the same directory, which is made durable and then takes
/// the old one's name (rename(2)); then the directory is made durable. Where there is no file of
/// the name, one is created, with mode 0666 less the process's umask.
///
/// \par Failure
/// Any error or cancellation before the name is taken leaves the file as it was, and no other file.
/// After that a failure to make the *directory* durable is reported: the file then has its new
/// content, which a power cut might still undo.
///
/// \par A process that is killed
/// Leaves the old or the new content. On file systems with unnamed files (`O_TMPFILE` in open(2):
/// ext4, xfs, btrfs, tmpfs, ...; `/proc` must be mounted) the new file has a name of its own only
/// for the moment between two system calls; elsewhere all the time, and what is left is to be
/// removed by hand: a file `.asiofile-` and 16 hexadecimal digits.
///
/// \par What the new file keeps
/// - The mode (0 to 07777), owner and group. Where the process may not give the file to its owner,
///   the file belongs to the process's user, and loses the set-user-ID bit. Where it may not give
///   it to its group, the group gets what others have, and no set-group-ID bit.
/// - The access control list, where owner and group were kept.
/// - Other extended attributes, each as far as the process may read and set it; never those that
///   vouch for the content (`security.capability`, `security.ima`, `security.evm`).
/// - Not its other names (hard links), which keep the old file; nor inode flags (chattr(1)) and
///   times.
///
/// Until it has these, it is accessible to its owner only.
///
/// \param source an executor, an execution context, or anything that has an executor.
/// \param path of the file, which is copied. Where that is a symbolic link, the file that it leads
///   to is replaced, or created, and the link stays.
/// \param buffers a ConstBufferSequence, the new content. The memory must stay valid until the
///   handler is called.
/// \param token completes with `void(error_code)`: success, when the new content is durable;
///   `is_a_directory`; `operation_not_supported` where it is neither file nor directory (a device,
///   a FIFO); `permission_denied` where the file may not be written, or the directory not changed;
///   `invalid_argument` for a path with a zero byte inside; `operation_aborted`; or what open(2),
///   write(2), fsync(2), linkat(2) and rename(2) report. A failed fsync is never tried again.
///
/// Cancellation by the token's slot (every type). Safe from any thread; of two that replace one
/// file at the same time, the later wins.
template <detail::executor_source Source, const_buffer_sequence ConstBufferSequence,
          boost::asio::completion_token_for<void(boost::system::error_code)> ReplaceToken =
              boost::asio::default_completion_token_t<detail::executor_of_t<Source>>>
auto async_replace_file(Source&& source, const std::string& path,
                        const ConstBufferSequence& buffers,
                        ReplaceToken&& token = boost::asio::default_completion_token_t<
                            detail::executor_of_t<Source>>()) {
  return detail::start_job<detail::job, void(boost::system::error_code)>(
      source, token,
      [=] { return detail::make_replace_file_job(path, detail::all_iovecs(buffers)); });
}

}  // namespace asiofile
