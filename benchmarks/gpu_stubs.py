"""A CUDA that computes nothing, so that onnxruntime-gpu gives nodes providers without a GPU.

    CUDA_PYTHON benchmarks/gpu_stubs.py FOLDER

CUDA_PYTHON is the Python of an environment with onnxruntime-gpu[cuda,cudnn] and nvidia-cublas;
gcc and nm have to be there, on x86-64 Linux. Every call of the CUDA runtime, cuBLAS and cuDNN
answers "done", and device memory is the host's. Sessions load; nothing may be run.
"""

import re
import subprocess
import sys
from pathlib import Path

HEAD = "#include <stdlib.h>\n#include <string.h>\n"
ALLOCATE = "{*p=malloc(n?n:1);return 0;}"
RELEASE = "{free(p);return 0;}"
COPY = "{memcpy(d,s,n);return 0;}"
DONE = "{return 0;}"
HANDLE = "{*h=(void*)1;return 0;}"
RUNTIME = f"""
int cudaGetDevice(int*d){{*d=0;return 0;}}
int cudaGetDeviceCount(int*n){{*n=1;return 0;}}
int cudaGetDeviceProperties(void*p,int d){{memset(p,0,1008);return 0;}}
int cudaDeviceGetAttribute(int*v,int a,int d){{*v=9;return 0;}}
int cudaPointerGetAttributes(void*a,const void*p){{memset(a,0,32);return 0;}}
int cudaMemGetInfo(size_t*a,size_t*b){{*a=*b=(size_t)64<<30;return 0;}}
int cudaDriverGetVersion(int*v){{*v=13000;return 0;}}
int cudaRuntimeGetVersion(int*v){{*v=13000;return 0;}}
int cudaMalloc(void**p,size_t n){ALLOCATE}
int cudaMallocHost(void**p,size_t n){ALLOCATE}
int cudaHostAlloc(void**p,size_t n,unsigned f){ALLOCATE}
int cudaFree(void*p){RELEASE}
int cudaFreeHost(void*p){RELEASE}
int cudaMemcpy(void*d,const void*s,size_t n,int k){COPY}
int cudaMemcpyAsync(void*d,const void*s,size_t n,int k,void*q){COPY}
int cudaMemset(void*d,int v,size_t n){{memset(d,v,n);return 0;}}
int cudaMemsetAsync(void*d,int v,size_t n,void*q){{memset(d,v,n);return 0;}}
int cudaStreamCreate(void**h){HANDLE}
int cudaStreamCreateWithFlags(void**h,unsigned f){HANDLE}
int cudaEventCreate(void**h){HANDLE}
int cudaEventCreateWithFlags(void**h,unsigned f){HANDLE}
int cublasCreate_v2(void**h){HANDLE}
int cublasLtCreate(void**h){HANDLE}
const char*cudaGetErrorString(int e){{return "";}}
const char*cudaGetErrorName(int e){{return "";}}
const char*cublasGetStatusString(int e){{return "";}}
const char*cublasGetStatusName(int e){{return "";}}
"""
DRIVER = "int cuTensorMapEncodeTiled(void){return 100;}\nint cuInit(unsigned f){return 100;}\n"
DNN = """
size_t cudnnGetVersion(void){return 92800;}
size_t cudnnGetCudartVersion(void){return 13000;}
const char*cudnnGetErrorString(int e){return "";}
void cudnnGetLastErrorString(char*m,size_t n){if(n)m[0]=0;}
"""


def provider_library():
    """Return the library of onnxruntime's CUDA provider."""
    import onnxruntime

    return Path(onnxruntime.__file__).parent / "capi" / "libonnxruntime_providers_cuda.so"


def undefined_names(library):
    """Return what a library takes from others."""
    command = ["nm", "-D", "--undefined-only", library]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].split("@")[0] for line in listed.splitlines()}


def names_inside(library):
    """Return the cuDNN functions that a library looks up by name when it runs."""
    found = re.findall(rb"\0(cudnn[A-Z]\w+)(?=\0)", library.read_bytes())
    return {name.decode() for name in found}


def defined(source):
    """Return the functions that C source defines."""
    return set(re.findall(r"[ *](\w+)\(", source))


def compile_library(folder, soname, source):
    path = folder / f"{soname}.c"
    path.write_text(HEAD + source, encoding="utf-8")
    options = ["-w", "-shared", "-fPIC", f"-Wl,-soname,{soname}"]
    subprocess.run(["gcc", *options, "-o", folder / soname, path], check=True)


def make_stubs(folder):
    """Write and compile the libraries."""
    folder.mkdir(parents=True, exist_ok=True)
    library = provider_library()
    wanted = {name for name in undefined_names(library) if re.match(r"cuda[A-Z]|cublas", name)}
    rest = [f"int {name}(void){DONE}" for name in sorted(wanted - defined(RUNTIME))]
    compile_library(folder, "libstubcuda.so", RUNTIME + "\n".join(rest))
    compile_library(folder, "libcuda.so.1", DRIVER)
    creates = re.compile(r"cudnnCreate(\w+Descriptor)?")
    calls = [
        f"int {name}(void**h){HANDLE}" if creates.fullmatch(name) else f"int {name}(void){DONE}"
        for name in sorted(names_inside(library) - defined(DNN))
    ]
    compile_library(folder, "libcudnn.so.9", DNN + "\n".join(calls))


if __name__ == "__main__":
    make_stubs(Path(sys.argv[1]))
