// Uses client-go, as controllers do, against the cluster of the kubeconfig named; says what it saw.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/pager"
)

const (
	namespace = "default"
	patience  = 30 * time.Second
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	if err := run(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := followMaps(ctx, client); err != nil {
		return err
	}
	if err := pages(ctx, client); err != nil {
		return err
	}
	return followMetadata(ctx, metadata.NewForConfigOrDie(config))
}

// followMaps has an informer see a ConfigMap come, change by apply, and go, all in protobuf.
func followMaps(ctx context.Context, client kubernetes.Interface) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	informer := factory.Core().V1().ConfigMaps().Informer()
	events := make(chan string, 100)
	note := func(what string) func(any) {
		return func(object any) {
			if found, ok := object.(*corev1.ConfigMap); ok && found.Name == "go" {
				events <- what
			}
		}
	}
	updated := note("updated")
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    note("added"),
		UpdateFunc: func(_, object any) { updated(object) },
		DeleteFunc: note("deleted"),
	}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return fmt.Errorf("the informer did not synchronize")
	}
	maps := client.CoreV1().ConfigMaps(namespace)
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "go"}, BinaryData: map[string][]byte{"x": {1, 2, 3}}}
	if _, err := maps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return err
	}
	configuration := applycorev1.ConfigMap("go", namespace).WithData(map[string]string{"a": "b"})
	if _, err := maps.Apply(ctx, configuration, metav1.ApplyOptions{FieldManager: "go"}); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "go", metav1.DeleteOptions{}); err != nil {
		return err
	}
	for _, want := range []string{"added", "updated", "deleted"} {
		select {
		case got := <-events:
			if got != want {
				return fmt.Errorf("the informer saw %q before %q", got, want)
			}
		case <-time.After(patience):
			return fmt.Errorf("the informer did not see %q", want)
		}
	}
	fmt.Println("informer added updated deleted")
	return nil
}

// pages reads a list in chunks of seven.
func pages(ctx context.Context, client kubernetes.Interface) error {
	maps := client.CoreV1().ConfigMaps(namespace)
	labels := map[string]string{"by": "go"}
	for range 25 {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "go-", Labels: labels}}
		if _, err := maps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	list := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return maps.List(ctx, options)
	})
	list.PageSize = 7
	count := 0
	err := list.EachListItem(ctx, metav1.ListOptions{LabelSelector: "by=go"}, func(runtime.Object) error {
		count++
		return nil
	})
	fmt.Println("paged", count)
	return err
}

// followMetadata has an informer that is sent nothing but metadata.
func followMetadata(ctx context.Context, client metadata.Interface) error {
	factory := metadatainformer.NewFilteredSharedInformerFactory(client, 0, namespace, func(options *metav1.ListOptions) {
		options.LabelSelector = "by=go"
	})
	informer := factory.ForResource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Informer()
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return fmt.Errorf("the metadata informer did not synchronize")
	}
	fmt.Println("metadata", len(informer.GetStore().List()))
	return nil
}
