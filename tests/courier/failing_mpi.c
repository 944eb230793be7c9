// SPDX-License-Identifier: Apache-2.0
// Preloaded into couriers: from the first message to rank 1 on, MPI fails for it, in the way that
// FAILING_MPI names. `send`: the message is not begun. `request`: it is, and fails then. `look`: a
// look for messages fails, for nobody in particular.
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

static int armed;
static MPI_Request doomed = MPI_REQUEST_NULL;

static int fails(const char* way) {
  const char* const wanted = getenv("FAILING_MPI");
  return armed && wanted != NULL && strcmp(wanted, way) == 0;
}

int MPI_Issend(const void* bytes, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm,
               MPI_Request* request) {
  armed = armed || to == 1;
  if (to == 1 && fails("send")) return MPI_ERR_OTHER;
  const int code = PMPI_Issend(bytes, count, type, to, tag, comm, request);
  if (to == 1 && fails("request")) doomed = *request;
  return code;
}

int MPI_Improbe(int from, int tag, MPI_Comm comm, int* found, MPI_Message* message,
                MPI_Status* status) {
  if (fails("look")) return MPI_ERR_OTHER;
  return PMPI_Improbe(from, tag, comm, found, message, status);
}

int MPI_Testsome(int count, MPI_Request requests[], int* done, int indices[],
                 MPI_Status statuses[]) {
  int at = -1;
  for (int i = 0; i < count; ++i) {
    if (requests[i] == doomed && doomed != MPI_REQUEST_NULL) at = i;
  }
  const int code = PMPI_Testsome(count, requests, done, indices, statuses);
  for (int i = 0; i < *done; ++i) {
    if (indices[i] != at) continue;
    for (int other = 0; other < *done; ++other) statuses[other].MPI_ERROR = MPI_SUCCESS;
    statuses[i].MPI_ERROR = MPI_ERR_OTHER;
    doomed = MPI_REQUEST_NULL;  // it is used again, for other messages
    return MPI_ERR_IN_STATUS;
  }
  return code;
}
