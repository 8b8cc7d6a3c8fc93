// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// New content for a file, all or nothing.

#include <asiofile/buffer_sequence.hpp>
#include <asiofile/detail/job_initiation.hpp>
#include <asiofile/detail/all_iovecs.hpp>
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
/// Where a file cannot be removed from the directory (chattr(1), `+a`), the operation fails before
/// it has made one: `operation_not_permitted`.
///
/// \par A process that is killed
/// Leaves the old or the new content. On file systems with unnamed files (`O_TMPFILE` in open(2):
/// ext4, xfs, btrfs, tmpfs, ...; `/proc` must be mounted) the new file has a name of its own only
/// for the moment between two system calls; on others all the time, and what is left is to be
/// removed by hand: a file `.asiofile-` and 16 hexadecimal digits.
///
/// \par What the new file keeps
/// - Its owner and group, as far as the process may give it to them. Otherwise it belongs to the
///   process's user, or has the group that new files get, and loses the set-user-ID or set-group-ID
///   bit.
/// - Who may use it: the mode (0 to 07777) and the access control list (acl(5)). See below.
/// - Other extended attributes, each as far as the process may read and set it; never those that
///   vouch for the content (`security.capability`, `security.ima`, `security.evm`). No room for one
///   of them is an error.
/// - Not its other names (hard links), which keep the old file; nor inode flags (chattr(1)) and
///   times.
///
/// All of it is read of one file, and once more immediately before the new file takes the name: a
/// chmod(1), chown(1) or setfacl(1) meanwhile is kept, and where another file has got the name
/// meanwhile, its rights are. Until the new file has its rights, it is its owner's only.
///
/// \par Access is never widened
/// Nobody but the new file's owner may do anything with it that he might not do with the old file,
/// at no moment, whatever fails:
/// - Where owner or group are not kept, the list gets entries that leave the former owner and group
///   what they had. Members of the new group get what everybody had whom the old file knew of.
/// - Where there is no list, or it cannot be set (the process may not, the file system or a sandbox
///   refuses), the mode gives the group and others what all had in common who are among them now.
///   So a file of mode 0664 becomes one of 0644 without its group, one of mode 0604 becomes 0600.
/// - A list of another kind (NFS 4, SMB) is kept only with owner and group; otherwise group and
///   others get nothing.
/// - Where the list cannot be read, there is no room for it, or the mode cannot be set (the set-ID
///   bits of a file that is given away take CAP_FSETID), the operation fails.
///
/// \param source an executor, an execution context, or anything that has an executor.
/// \param path of the file, which is copied. Where that is a symbolic link, the file that it leads
///   to is replaced, or created, and the link stays. Links are followed once, in the beginning:
///   whoever changes one meanwhile does not change which file is meant.
/// \param buffers a ConstBufferSequence, the new content. The memory must stay valid until the
///   handler is called.
/// \param token completes with `void(error_code)`: success, when the new content is durable;
///   `is_a_directory`; `operation_not_supported` where it is neither file nor directory (a device,
///   a FIFO); `permission_denied` where the file may not be written, or the directory not changed;
///   `file_exists` where a symbolic link has got the name meanwhile; `device_or_resource_busy`
///   where somebody changes the file's rights without end; `invalid_argument` for a path with a
///   zero byte inside; `operation_aborted`; or what open(2), write(2), fsync(2), linkat(2) and
///   rename(2) report. A failed fsync is never tried again.
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
