// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Replacing a file's content atomically.

#include <asiofile/buffer_sequence.hpp>
#include <asiofile/detail/job_initiation.hpp>
#include <asiofile/detail/all_iovecs.hpp>
#include <asiofile/detail/whole_file_jobs.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <string>

namespace asiofile {

/// Replaces a file's content atomically and durably: whoever opens it, at any moment and after a
/// crash or a power cut, finds all of the old content or all of the new. For configuration and
/// state.
///
/// The content is written to a new file in the same directory, which is made durable and then takes
/// the old one's name (rename(2)); then the directory is made durable. If no file has the name, one
/// is created, with mode 0666 less the process's umask.
///
/// \par Failure
/// Any error or cancellation before the new file takes the name leaves the old file as it was, and
/// no other file. After that a failure to make the *directory* durable is reported: the file then
/// has its new content, which a power cut might still undo.
///
/// If files cannot be removed from the directory (chattr(1), `+a`), the operation fails with
/// `operation_not_permitted` before it has made one.
///
/// \par A process that is killed
/// It leaves the old or the new content. On file systems with unnamed files (`O_TMPFILE` in
/// open(2): ext4, xfs, btrfs, tmpfs, ...; `/proc` must be mounted) the new file has a temporary
/// name only for the moment between two system calls; on others it has one until it takes the old
/// file's name. If the process is killed then, a file named `.asiofile-` and 16 hexadecimal digits
/// is left, to be removed by hand.
///
/// \par What the new file keeps
/// - Owner and group, as far as the process may set them. Otherwise it belongs to the process's
///   user, or has the group that new files get, and loses the set-user-ID or set-group-ID bit.
/// - Permissions: the mode (0 to 07777) and the access control list (acl(5)). See below.
/// - Other extended attributes, those that the process may read and set; never those that vouch for
///   the content (`security.capability`, `security.ima`, `security.evm`). It is an error if there
///   is no room for one of them.
/// - Not its other names (hard links), which keep the old file; nor inode flags (chattr(1)) and
///   times.
///
/// All of this is read from the old file, and again immediately before the new file takes the name:
/// a chmod(1), chown(1) or setfacl(1) made meanwhile is kept, and if another file has got the name
/// meanwhile, its permissions are used. Until the new file has its permissions, only its owner has
/// access to it.
///
/// \par Access is never widened
/// At no moment, whatever fails, may anybody but the new file's owner do anything with it that they
/// were not allowed to do with the old file:
/// - If owner or group are not kept, the list gets entries that leave the former owner and group
///   the access that they had. Members of the new group get only what all classes of the old file
///   had.
/// - If there is no list, or it cannot be set (the process may not, the file system or a sandbox
///   refuses), the mode gives the group and others only what everybody who is now among them had
///   before. So, if the group is not kept, a file of mode 0664 becomes one of 0644, and one of mode
///   0604 becomes 0600.
/// - A list of another kind (NFS 4, SMB) is kept only together with owner and group; otherwise
///   group and others get no access.
/// - If the list cannot be read, there is no room for it, or the mode cannot be set (keeping the
///   set-ID bits with another owner requires CAP_FSETID), the operation fails.
///
/// \param source an executor, an execution context, or anything that has an executor.
/// \param path of the file; copied. If it is a symbolic link, the file that it leads to is replaced
///   or created, and the link stays. Links are followed once, at the start: changing one later does
///   not change which file is meant.
/// \param buffers a ConstBufferSequence, the new content. The memory must stay valid until the
///   handler is called.
/// \param token completes with `void(error_code)`: success, when the new content is durable;
///   `is_a_directory`; `operation_not_supported` if it is neither file nor directory (a device, a
///   FIFO); `permission_denied` if the file may not be written, or the directory not changed;
///   `file_exists` if a symbolic link has got the name meanwhile; `device_or_resource_busy` if
///   another process changes the file's permissions again and again; `invalid_argument` for a path
///   that contains a zero byte; `operation_aborted`; or what open(2), write(2), fsync(2), linkat(2)
///   and rename(2) report. A failed fsync is never retried.
///
/// Cancellation by the token's slot (every type). Safe from any thread; if two operations replace
/// one file at the same time, the later one wins.
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
